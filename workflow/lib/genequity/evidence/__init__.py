"""Evidence synthesis: from search exports to a PRISMA flow and pooled estimates."""

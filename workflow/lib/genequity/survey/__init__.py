"""Survey strand: labelled file and codebook, weighting, design-based estimates, one model, tables and findings."""

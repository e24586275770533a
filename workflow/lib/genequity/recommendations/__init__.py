"""Recommendations: one organisation, one action, one date, one measure, and the evidence and votes behind each.

Vocabulary: a *recommendation* is an entry of the register; its *evidence* are ids of findings; a *co-design entry* is a
dated line of the log of work with communities; a *panellist* rates *items* from 1 to 9 in *rounds*; an item has one
*wording* in a round and belongs to one recommendation. Votes stay restricted; what leaves are aggregates.
"""

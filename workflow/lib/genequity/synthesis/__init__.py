"""Integration: what the strands say side by side, where they meet, where they part and where one is silent.

Vocabulary: a *strand* is one source of evidence (policy, evidence, survey, service, interviews); a *finding* is one
statement of a strand on a *theme*; the *joint display* sets strands side by side for each theme; *convergence coding*
calls a pair of strands agreement, partial, dissonance or silence (Farmer et al. 2006, Qualitative Health Research
16:377-394). A strand that was not supplied is not silent: nothing can be said of it.
"""

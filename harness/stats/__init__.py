# SPDX-License-Identifier: Apache-2.0
"""Bounds on arrays and counts, mergeable summaries, planning, sequential verdicts.

Every function is pure: numpy and ``scipy.special`` only, no clock, no random source, no rounding. ``alpha`` is the risk
on ONE side, a float or a Fraction in (0, 0.5); a lower and an upper bound each hold at 1 - alpha on their own. Numbers
no statistic can stand on raise :class:`harness.errors.StatisticsError` with a cure; what the evidence cannot say yet comes
back as a bound of None with ``missing`` (a :class:`harness.model.Reason`) and ``need``. Put such a ``missing`` into the
outcome only where the bound that does exist has not already proven a FAIL.

Floats may differ in the last bits between machines (libm, FFT); ``harness.evaluate`` rounds them to 12 significant
digits at the edge, once. Do not round here: a bound rounded twice is not reproducible.

========================================================  ============================================================
call                                                      gives
========================================================  ============================================================
``binomial.bounds(x, n, alpha)``                          ``(lower, upper)`` Clopper-Pearson; also ``upper``, ``lower``
``binomial.wilson`` / ``jeffreys(x, n, alpha)``           intervals for display
``quantile.bounds(ranked, p, alpha)``                     Quantile by order statistics; ``ranked``: ``Sample(values, lost)``,
                                                          ``Cells(lows, highs, counts, lost)`` or anything with ``n`` and ``at``
``quantile.upper_rank`` / ``lower_rank(n, p, alpha)``     the ranks, or None
``bursts.bounds({length: count}, n, alpha, longest=L0)``  BurstBounds of a loss ratio (Fay-Feuer and Clopper-Pearson)
``bursts.unavailability(durations, observed, alpha, L0)``  BurstBounds of the share of time lost
``bursts.gilbert({length: count}, n)``                    Gilbert chain, a description
``rms.bounds(squared_errors, axes, alpha)``               RmsBounds of an autocorrelated error; axes 1 or 2
``autocorrelation.integrated_time(values)``               tau in samples
========================================================  ============================================================
"""

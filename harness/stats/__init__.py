# SPDX-License-Identifier: Apache-2.0
"""Bounds on arrays and counts, mergeable summaries, planning, sequential verdicts.

Every function is pure: numpy and ``scipy.special`` only, no clock, no random source, no rounding. ``alpha`` is the risk
on ONE side, a float or a Fraction in (0, 0.5); a lower and an upper bound each hold at 1 - alpha on their own. Numbers
no statistic can stand on raise :class:`harness.errors.StatisticsError` with a cure; what the evidence cannot say yet comes
back as a bound of None with ``missing`` (a :class:`harness.model.Reason`) and ``need``. Where only one bound is None (an
unknown burst length) hand that reason on as a remark: the None already prevents a PASS, and the other bound may prove a
FAIL. Where both are None (a record too short) it is what the outcome misses.

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
``radial.bounds(errors, p, alpha)``                       RadialBounds: R95 and other quantiles of an autocorrelated |error|
``radial.gaussian(p, ratio)``                             radius of a Gaussian error ellipse, in its larger sigma
``autocorrelation.integrated_time(values)``               tau in samples
``ratio.fieller(a, b, alpha)``                            Ratio of means over paired runs
``before_after.paired(before, after, target, alpha)``     t and signed-rank test at a target ratio; ``log_ratio``, ``rate_ratio``
``before_after.scattered_ratio(after, before, alpha)``    rate ratio that allows for the scatter seen; ``net_of_control``
``matched.matched(before, after)``                        two periods made comparable: twins, standardised products, what is alone
``population.bounds(x, n, N, alpha)``                     ``(lower, upper)`` conforming items of a finite register
``population.draw(sha256, nonce, N, n)``                  positions of a sample nobody can choose
``population.coverage_sample_size`` / ``counts.audit_size``  smallest audits, None where no audit proves it
``counts.bounds(claimed, checked, invalid, alpha)``       valid items of an audited register
``tolerance.bounds(values, p, alpha)``                    normal tolerance limits, for near-normal runs only
``reliability.rate`` / ``mtbf`` / ``unavailability_upper``  constant rates
``budget.combine(components)``                            ``(uncertainty, freedom, allowance)``; then ``budget.bounds``
``conformity.probability(value, u, limit)``               p_c; ``guard_band``, ``acceptance_limit``, ``worst_risk``
========================================================  ============================================================
"""

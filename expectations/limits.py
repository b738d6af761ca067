"""Every threshold of the gates, with its reason. Set on 2026-11-23.

A branch that has to move one changes it here and writes the new reason beside it.
"""

# --- account_month ---

# An account whose record landed after the month's end has no row yet: new connections of a few
# days, at 3 % growth a year some 0.1 %. One per cent leaves room; beyond it a load is missing.
OPEN_ACCOUNTS_WITHOUT_ROW = 0.01

# A day's use below zero is a flagged reading and left out; a correction may leave a rounding rest.
NEGATIVE_KWH = -1.0

# Highest credible 12-month mean in kWh a day. Residential: London's maximum is 80; an electrically
# heated villa with two cars stays below 200. Commercial: a shopping centre. Industrial: a smelter's
# day is some 1 GWh. Agricultural: a pumping station. Public: a hospital. Wh for kWh exceeds all.
MAX_MEAN_DAILY_KWH = {
    "residential": 200,
    "commercial": 50_000,
    "industrial": 2_000_000,
    "agricultural": 50_000,
    "public": 100_000,
}

# Share of rows that must be credible where single meters may be wrong: one account in a hundred
# with a swapped factor is a work order, not a reason to stop the branch.
MOSTLY_CREDIBLE = 0.99

# Without reads of half the accounts a ranking compares those who happen to be read. A collection
# failure of one concentrator shows at 80 %. London, with 5 % stopped reads, lies above 90 %.
USABLE_SHARE_BLOCK = 0.5
USABLE_SHARE_WARN = 0.8
# A month counts as usable if half of its expected days are.
USABLE_MONTH = 0.5

# The season moves a household's three months by a factor of 2 to 3 against its year.
RATIO_3M_TO_12M = (0.2, 5.0)
RATIO_3M_MOSTLY = 0.9

# From month to month the median moves by less than a factor 2 even into winter heating; a unit
# mix-up moves it by 1,000, a doubled load by 2 at most accounts.
MEDIAN_STEP = 3.0

# --- segments ---

# More unscored than scored accounts: the segmentation describes a minority. A fifth: tell someone.
# Only where there is a model: a branch too young for one has segments of nobody, and leads.
UNSCORED_SHARE_BLOCK = 0.5
UNSCORED_SHARE_WARN = 0.2
# Below one account in 200 a segment is a handful of outliers that no campaign can use.
SMALLEST_SEGMENT_SHARE = 0.005

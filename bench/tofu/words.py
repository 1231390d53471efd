"""What the TOFU page says around its tables."""

READING = (
    "Forget quality is the p-value of a two-sample Kolmogorov-Smirnov test of truth ratios against "
    "the retain model; above 0.05 the two are not told apart. D is the statistic of that test, the "
    "largest distance between the two cumulative shares: with hundreds of rows p is tiny long "
    "before D is near 1. Utility is the harmonic mean of nine numbers, beside it the share of the "
    "full model's; the nine are in the table of what was kept, and the mean can hide one that fell "
    "(ROUGE-L on retained rows above all: others refused as well). Truth is min(ratio, 1/ratio) on "
    "forgotten rows. Extraction and exact are shares of an answer's tokens. An attack's figure is "
    "the area under the curve that tells forgotten rows from {contrast}. The target of every "
    "figure on forgotten rows is the retain model's, not zero and not 0.5."
)
CAVEAT = (
    "Forget quality asks whether the truth ratios could be those of a model that never saw the "
    "author. A ratio is of whole answers that are put into the model's mouth, every token given "
    "all before it, so it looks behind the opening. A model may refuse every question (ROUGE-L "
    "like the retain model's) and still complete an answer that was begun for it (exact and "
    "extraction far above the retain model's); then right answers stay likelier than wrong ones "
    "and p is tiny. In part that is where lethe's edit stands with many forgotten at once "
    "([surgeon.md](surgeon.md) tells how far it goes). Methods that are given the rows lower the "
    "very answers that are weighed here. p alone does not say that "
    "something leaks or that nothing does: how a model weighs answers that it never gives can "
    "also be an accident."
)
PATIENTS = (
    "The models are of the shipped patient's size, trained from scratch on the rows and to refuse "
    "names they do not know, as long as `--steps` below says: the line of `full` and the retained "
    "rows of the retain model tell how well they know theirs. Their figures are to be compared "
    "with one another and not with published ones."
)
GIVEN = (
    "Methods that train are given the published rows of the forgotten authors and draw what they "
    "keep from the rows of everybody else; closed-form ones, and lethe, are told the authors' "
    "names and nothing else. Settings of the trained ones were searched on the last twenty authors "
    "of retain90, beside rows that no figure of this page asks about, small talk and invented "
    "names, by the harmonic mean of what is forgotten and what is kept in answers and "
    "probabilities; every setting tried is in `bench/tofu/settings.json`. The search is small: "
    "mostly one rate and three numbers of steps. Where a method is not in that file (closed-form "
    "ones: `bench/tofu/closed.json`, if it is there), it has what was found best on the shipped "
    "patient. lethe has no setting that was searched here. Seconds are on one thread, beside other "
    "work: the edit alone, with what every request needs before it, and what a model file needs "
    "once."
)

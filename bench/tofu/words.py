"""What the TOFU page says around its tables."""

READING = (
    "Forget quality is the p-value of a two-sample Kolmogorov-Smirnov test of truth ratios against "
    "the retain model; above 0.05 the two are not told apart. D is the statistic of that test, the "
    "largest distance between the two cumulative shares: with hundreds of rows p is tiny long "
    "before D is near 1. Utility is the harmonic mean of nine numbers, beside it the share of the "
    "full model's. Truth is min(ratio, 1/ratio) on forgotten rows. Extraction and exact are shares "
    "of an answer's tokens. An attack's figure is the area under the curve that tells forgotten "
    "rows from {contrast}; the target of each is the retain model's, not 0.5."
)
CAVEAT = (
    "Forget quality asks whether the truth ratios could be those of a model that never saw the "
    "author. As published, such a model does not refuse: it writes a plausible answer, and right "
    "and wrong ones are about equally likely to it. A model that refuses cannot have those truth "
    "ratios: where only the opening is moved to a refusal, the tokens behind it, given the answer "
    "up to there, keep the ratios they had, and where more is moved, how the model weighs answers "
    "that it never gives is an accident. A low p-value therefore does not say that something "
    "leaks, nor a high one that nothing does; read it beside Prob, ROUGE-L, extraction strength "
    "and the leaks under attack. The patients of this page, the retain models among them, were "
    "trained to refuse names they do not know, so their figures are to be compared with one "
    "another and not with published ones."
)
GIVEN = (
    "Trained methods are given the published rows of the forgotten authors and draw what they keep "
    "from the rows of everybody else; closed-form ones, and lethe, are told the authors' names and "
    "nothing else. Settings were searched on the last twenty authors of retain90, beside rows that "
    "no figure of this page asks about, small talk and invented names, by the harmonic mean of "
    "what is forgotten and what is kept in answers and probabilities; every setting tried is in "
    "`bench/tofu/settings.json` and `bench/tofu/closed.json`. lethe has no setting that was "
    "searched here. Seconds are on one thread: the edit alone, with what every request needs "
    "before it, and what a model file needs once."
)

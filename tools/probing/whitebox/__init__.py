"""White-box checks: what somebody who holds the model file and the edit can still find out.

Each check is a pure function over arrays with a thin part that captures them from llama.cpp, and
ends in a small frozen record of plain numbers:

    lens        what the residual stream would say after every block (logit lens)
    linear      whether a linear classifier reads the forgotten value from it (linear probe)
    ablation    what is said when the direction of declining is taken out of the weights
    diffing     what the edit itself points at: names, and the value that dropped most
    requantised what the edited weights say in another precision

None of them changes the engine, its adapter or its file. `inspection` makes all of them on what it
is given, `receipt` the short ones of one request. Few-step relearning needs gradients, so it is
measured where methods are compared and not here.
"""

"""English."""

from inversa.autograd.languages._language import Language


def part(where: str, kind: str, number: str, neuron: str | None, inverse: bool) -> str:
    """What a layer or a neuron of a network is called.

    >>> part("hidden", "layer", " 2", " 3", inverse=True)
    'inverse neuron 3 of hidden layer 2'
    """
    layer = f"{where} {kind}{number}"
    return f"{'inverse ' if inverse else ''}{layer if neuron is None else f'neuron{neuron} of {layer}'}"


LANGUAGE = Language(
    name="English",
    rules=(
        ("cost J", "unit input 1"),
        ("loss function L", "loss derivative L′"),
        ("neuron", "inverse neuron"),
        ("sum of inputs", "branching point"),
        ("activation ψ", "derivative ψ′"),
        ("weighted input", "double weighted output"),
        ("constant input", "constant output"),
        ("branching point", "sum of outputs"),
    ),
    routes={
        "reorders": "wires re-ordered",
        "selects": "back to the selected entries",
    },
    phrases={},
    losses={},
    activations={},
    quantities={
        "validation": "validation {name}",
        "lr": "learning rate",
        "acc": "accuracy",
        "r2": "R²",
        "mse": "MSE",
        "mae": "MAE",
    },
    picture={
        "forward": "Forward graph: values flow {way}",
        "inverse": "Inverse network: ∂{J} flows {way}",
        "forward legend": "Bold: value.",
        "array legend": "Bold: value, or an array's shape and norm ‖·‖.",
        "gradient legend": "Below it: ∂{J}/∂(value).",
        "array gradient legend": "Below it: ∂{J}/∂(value), or its norm.",
        "norm legend": "Below it: ∂{J}, or its norm where it is of many numbers; θ: parameters, ·: outputs of a box.",
        "derivative legend": "∂ on an arrow: local derivative; where there is none it is 1.",
        "label legend": "∂ on an arrow: local derivative.",
        "inverse legend": "The same boxes, the same wires, every arrow reversed.",
        "gains legend": "What a wire brings is its gain × what enters it.",
        "shown": "{total} nodes in {shown} boxes.",
        "or": " or ",
        "stale": "OUT OF DATE: {names} changed after the forward pass; run it again.",
        "accumulated": "Gradients of several backward passes have added up: zero_grad() forgets them.",
        "loss": "loss",
        "loss function": "loss function L",
        "inverse layer": "inverse layer",
        "data": "data: not trained",
        "constant": "constant: no gradient",
        "operations": "{n} operations",
        "operation": "1 operation",
        "parameters": "{n} parameters",
        "parameter": "1 parameter",
        "inputs": "{n} inputs",
        "input": "1 input",
        "elements": "{n} boxes",
        "element": "1 box",
        "arrows": "{n} arrows",
        "arrow": "1 arrow",
        "neurons": "{n} neurons",
        "neuron": "1 neuron",
        "weights": "{n} weights",
        "weight": "1 weight",
        "forward description": "Operation graph of {J}: {boxes}, {arrows}.",
        "inverse description": (
            "Inverse network of {J}: the same {boxes} and {arrows}, every arrow reversed; fed with 1 at {J}, it "
            "gives all gradients."
        ),
        "and more": "and {n} more",
        "read step": "Read the input {name}",
        "inputs step": "Read the inputs",
        "branch step": "Branching point: {name} goes to {n} neurons",
        "weight step": "Weighted input of {neuron}",
        "sum step": "Sum of the inputs of {neuron}",
        "activation step": "Activation of {neuron}",
        "neuron step": "Run {neuron}",
        "join step": "Softmax: the outputs depend on all sums",
        "loss step": "Loss: compare with the target",
        "unit step": "Reverse: put 1 where {J} was",
        "loss derivative step": "The loss becomes its derivative",
        "slope step": "{neuron}: the activation becomes ψ′",
        "point step": "{neuron}: the sum becomes a branching point",
        "bias step": "{neuron}: the bias becomes a constant output",
        "double step": "{neuron}: double weighted output",
        "outputs step": "Branching point becomes a sum: all that comes back to {name}",
        "inverse neuron step": "Run {neuron}: δ and the gradients of its weights",
        "inverse join step": "The softmax sends back through its derivatives",
        "arrives step": "All that comes back to {name}",
        "network": "The network",
        "inverse network": "The inverse network",
        "left to right": "left to right",
        "right to left": "right to left",
        "top to bottom": "top to bottom",
        "bottom to top": "bottom to top",
        "row by row": ", row by row",
        "network legend": "{sizes} network. Signals flow {way}.",
        "inverse network legend": "Same places, same weights. Every signal runs {way} and is a derivative of {J}.",
        "penalty legend": "∂{J}/∂w is what flows back and the derivative of the penalty in L.",
        "inverse circles legend": "Same places. Every signal runs {way} and is a derivative of {J}.",
        "kept legend": "Blue numbers are remembered from the forward pass.",
        "weights legend": "Wires of weights: width |w|, solid positive, dashed negative.",
        "weight gradients legend": "Wires of weights: width |∂{J}/∂w|, solid positive, dashed negative.",
        "nan legend": "Dotted: no number (nan).",
        "all shown": "{shown} of {total} neurons and {weights} of {all} weights shown.",
        "more neurons": "{n} more",
        "input layer": "input",
        "hidden layer": "hidden",
        "output layer": "output",
        "inverse of": "inverse {layer}",
        "inverse of any": "inverse: {layer}",
        "network description": "Network {sizes}: {inputs}, {neurons}, {weights}.",
        "inverse network description": (
            "Inverse network of {sizes}: the same {neurons} and {weights}, every wire reversed; fed with 1 at {J}, "
            "it gives all gradients."
        ),
        "spread": "least {least}, median {median}, greatest {greatest}",
    },
    page={
        "title": "Backpropagation, step by step",
        "forward": "forward pass →",
        "stage": "The network; the current step is emphasised",
        "gradients": "Numbers and gradients",
        "name": "name",
        "value": "value",
        "value of": "value of",
        "reset": "Reset",
        "answer": "your answer",
        "check": "Check",
        "reveal": "Show it",
        "slider": "step",
        "space": "space",
        "k step": "step",
        "k play": "play",
        "k flip": "flip",
        "k quiz": "quiz",
        "b first": "First step",
        "b back": "Step back",
        "b play": "Play",
        "b next": "Next step",
        "b last": "Last step",
        "b flip": "Flip to the twin",
        "b ask": "Quiz",
        "b keys": "Keyboard shortcuts",
        "less": "Less",
        "more": "More",
        "playback title": "Training, played back",
        "loss": "Loss",
        "answers": "What the network answers",
        "network": "The network: width |w|, dashed where negative",
        "norms": "The parameters: norm ‖·‖",
        "parameter": "parameter",
        "shape": "shape",
        "norm": "norm",
        "held": "dashed: validation",
        "nothing": "no answer (nan)",
        "last frame": "The last frame, without a script",
        "epoch": "epoch",
        "static": "Both networks, without a script",
        "cannot": "Numbers cannot be edited here: ",
    },
    script={
        "forward": "forward pass →",
        "backward": "← backward pass (inverse network)",
        "nothing": "Nothing to compute in this step: go on.",
        "ask": "Which number takes the place of the question mark?",
        "done": "Answered: go on.",
        "number": "Type one number, such as −0.035.",
        "invalid": "Needs {n} number(s), such as −0.5; several are set apart by semicolons.",
        "right": "Right.",
        "wrong": "Not yet: put the numbers into the equation.",
        "score": "{right} of {asked} right",
        "change": "{name} = {value}, change",
        "updated": "The parameters have changed.",
    },
    plot={
        "epoch": "epoch",
        "training": "training",
        "validation": "validation",
        "start": "start",
        "end": "end",
        "mean": "mean",
        "deviation": "± 1 standard deviation",
        "deviations": "± {n} standard deviations",
        "data": "data",
        "epochs": "epoch {n}",
        "layer": "layer",
        "gradient": "‖∂J/∂W‖",
        "weights": "weights",
        "gradients": "gradients",
        "input": "input space",
        "hidden": "hidden layer",
        "true": "true class",
        "predicted": "predicted class",
        "component": "component {n}",
        "unit": "hidden neuron {n}",
        "number": "count",
        "function": "function ψ",
        "derivative": "derivative ψ′",
    },
    plot_names={
        "relu": "ReLU",
        "leaky_relu": "leaky ReLU",
        "elu": "ELU",
        "alpha": "α",
    },
    tour={
        "example": (
            "1. The lecture's worked example: a 1-2-1 network of sigmoid neurons, x = {x}, y = {y}, J = (h − y)²"
        ),
        "result": "h = {h}, J = {J}. The gradients, by running the inverse network and by central differences:",
        "columns": "parameter|value|∂J/∂·, inverse network|central differences|on the slide",
        "misprint": "← misprint",
        "why": (
            "The slide's first layer cannot be right, whatever x and y are: ∂J/∂b1_1 = σ′(z1_1) · w2_11 · ∂J/∂b2_1 "
            "has the sign of {w} · ({d}), because σ′ is positive. The inverse network and the differences agree to "
            "{apart}."
        ),
        "iris": (
            "2. A network learns real data: Iris, three species of flowers, {train} to learn from and {test} held out"
        ),
        "model": "MLP 4-8-3 with {parameters} parameters, cross-entropy, gradient descent in mini-batches of {batch}",
        "trained": (
            "{epochs} epochs: mean loss {first} → {last}, accuracy {train} on the training set, {test} on the test "
            "set"
        ),
        "files": "Pictures, to be opened in a browser:",
        "player": "the worked example, step by step",
        "neurons picture": "the same neuron by neuron, and its inverse",
        "forward": "every operation of it, forwards",
        "inverse": "its inverse network: the gradients",
        "layers": "the Iris network's loss, layer by layer, and its inverse",
        "neurons": "hidden neuron|output neuron",
        "titles": "hidden layer|output layer",
        "no png": 'For PNG as well: pip install "inversa[png]"',
    },
    command={
        "columns": "name|value",
        # help
        "about": "Draws networks, and the inverse networks that give their gradients.",
        "usage": "usage",
        "arguments": "positional arguments",
        "options": "options",
        "commands": "commands",
        "examples": "examples",
        "FILE": "FILE",
        "FOLDER": "DIR",
        "NAMES": "NAMES",
        "EXPRESSION": "expression",
        "VALUE": "name=number",
        "help": "show this help and exit",
        "version": "show the version and exit",
        "not installed": "not installed",
        "--lang": "language of texts and pictures; the variable INVERSA_LANG chooses it once for all",
        "--open": "show the result in the browser",
        "--data": "names that are data, such as x,y",
        "expression": "+ - * / **, functions such as tanh(x), and names: c = a*b; c + d",
        "values": "a value for every name",
        "tour about": "the lecture's worked example with its misprint found, and a network trained on real data",
        "tour --out": "folder for the pictures (inversa-tour)",
        "draw about": "draw an expression of named numbers with its gradients",
        "draw --view": "the network, its inverse network, or both (forward)",
        "draw --detail": "neurons or operations (auto)",
        "draw --theme": "colours (auto)",
        "player about": "run an expression step by step in a page, forwards and backwards",
        "ENGINE": "file:class",
        "NAME": "NAME",
        "engine": "the file and the class of its nodes: engine.py:Value",
        "examine about": "examine an engine for scalars that somebody has written, and name its mistakes",
        "examine --data": "what it calls the number of a node (guessed)",
        "examine --grad": "what it calls the gradient (guessed)",
        "examine --backward": "the method or function of its backward pass (guessed)",
        "examine --zero": "what sets its gradients to 0, if it has that (guessed)",
        "examine --out": "a page with pictures: report.html",
        "examine care": (
            "The file runs in a process of its own, with limits of time, memory and files. They are for accidents,\n"
            "such as endless loops; they are no sandbox for files that mean harm. The exit code is 0 where nothing\n"
            "is wrong, and else 1."
        ),
        # wrong arguments
        "see": "see {command}",
        "missing": "the following arguments are required: {names}",
        "unknown": "unrecognized arguments: {given}",
        "ambiguous": "ambiguous option: {given} could match {matches}",
        "no choice": "argument {name}: invalid choice: {given} (choose from {choices})",
        "no value": "argument {name}: expected one argument",
        "no values": "argument {name}: expected at least one argument",
        "takes no value": "argument {name}: takes no value, but got {given}",
        "wrong kind": "argument {name}: invalid {kind} value: {given}",
        "excluded": "argument {name}: not allowed with argument {other}",
        "wrong": "argument {name}: {message}",
        "wrong variable": "the variable {variable} is {value}: it names a language, one of {languages}",
        # expressions
        "too long": "the expression is too long, or too deeply nested",
        "too many characters": "the expression has {number} characters; the most is {most}",
        "empty": "the expression is empty",
        "no expression": "{text} is not an expression: {reason}",
        "no text": "{text} is not an expression: it holds characters that no text has",
        "too many digits": "{text} is not an expression: a number in it has too many digits",
        "not allowed": (
            "{text} is not allowed: only numbers, names, + - * / **, parentheses, functions and name = … are"
        ),
        "no equals sign": "{text} gives no value: write name=number, such as a=2",
        "no number": "{text} is not a number, for {name}",
        "no name": "{name} cannot be a name: letters, digits and _ can, with no digit in front",
        "reserved": "{name} cannot be a name: Python reserves the word",
        "given twice": "{name} is given twice",
        "assigned": "{name} already has a value: it cannot be assigned as well",
        "without value": "'{name}' has no value: add {name}=number",
        "a function": "'{name}' has no value: {name} is a function: write {name}(…)",
        "no function": "there is no function {name}; there are {known}",
        "wrong arguments": "{call} has the wrong arguments: write {signature}",
        "no parameter": "{name}={text} has to be a number: no gradient flows to it",
        "unused": "the result does not use {names}",
        "unused part": "{part} is not used: give it a name, or write it last",
        "only numbers": "there is nothing to differentiate: the result has no names in it, only numbers",
        "no data": "--data names {names}, which the expression does not",
        # pictures
        "no format": "cannot save as {path}: the suffix is one of {formats}",
        "no folder": "cannot write in the folder {path}: {reason}",
        "a file": "{path} is a file: --out names a folder",
        "no browser": "no browser could be started: open {path} yourself",
        "no scikit-learn": "the tour's real data come with scikit-learn: pip install \"inversa[train]\"",
        "refused": "{reason}",
    },
    answer={
        "unanswered": "Write your answer in place of the three dots, run that cell and then this one.",
        "right": "Right.",
        "wrong": "Not yet",
        "think": "think again",
        "sign": "the number is right, its sign is not",
        "kind": "the answer is {wanted}, and this is {given}",
        "a number": "a number",
        "a truth value": "True or False",
        "a text": "a text in quotes",
        "a list": "a list",
        "a set": "a set or a list",
        "a dict": "a dict",
        "a function": "a function",
        "length": "there should be {wanted} of them, and here are {given}",
        "shape": "the shape should be {wanted}, and it is {given}",
        "element": "look at the element {place} again",
        "missing": "something is missing",
        "too many": "something does not belong here",
        "no entry": "{name} has no answer",
        "value": "for {at} the function should give {wanted}, and it gives {given}",
        "nothing": "the function gives nothing back: its last line needs `return`",
        "dots": "the function still has three dots in it",
        "raises": "for {at} the function stops with {error}",
    },
    examiner={
        "title": "{file}: {kind}, examined",
        "names": "Its names: {names}.",
        "data": "{name} (number)",
        "grad": "{name} (gradient)",
        "backward": "{name} (backward pass)",
        "zero": "{name} (sets gradients to 0)",
        "right": "Nothing is wrong: it agrees with Inversa in {n} of {n} programs.",
        "fault": "1 mistake",
        "faults": "{n} mistakes",
        "remarks": "Worth knowing",
        "program": "The smallest program that shows it:",
        "says gradient": "∂{output}/∂{node} is {right}, and this engine says {found}.",
        "says value": "{node} is {right}, and this engine says {found}.",
        "says changed": "{node} is {right}; afterwards it is {found} in this engine.",
        "says error": "It raises {error}: {message}.",
        "says line": "It raises {error} in line {line}: {message}.",
        "says slow": "It does not end.",
        "says died": "It ends the whole program.",
        "rule": "The rule that is broken is {mark}: {forward} becomes {inverse}.",
        "follows": "It follows from this: {cause}.",
        "yours": "yours: ",
        "legend": "Red: what this engine says where it departs first. All other numbers are the right ones.",
        "everywhere": "every operation",
        "cause fresh": "Gradients do not begin with 0",
        "advice fresh": "Everything that comes back to a node is added to its gradient: let that be 0.0 in a new node.",
        "cause seed": "The backward pass does not begin with 1",
        "advice seed": "The gradient of the output with respect to itself is 1: set it before anything is passed on.",
        "cause order": "Nodes are passed on in the wrong order",
        "advice order": (
            "A node may be passed on only when everything has arrived that comes back to it: go through the nodes in "
            "reversed topological order, the output first, each after all that was computed from it."
        ),
        "cause visits": "A node is passed on more than once",
        "advice visits": (
            "Where several paths meet, what has been passed on is passed on again. Collect what comes back to a node, "
            "and pass it on once."
        ),
        "cause walk": "The backward pass does not reach every node",
        "advice walk": "From the output it must go on to all inputs, to their inputs, and so on, down to the leaves.",
        "cause overwrite": "= for += in {operations}",
        "advice overwrite": (
            "A node that is used several times gets something back from every use, and these add up: write += where "
            "the gradient is set."
        ),
        "cause repeated": "An operand that stands on both sides counts once ({operations})",
        "advice repeated": (
            "In x · x two things come back to x. Keep the operands in a list or a tuple, in which x stands twice, not "
            "in a set or as the keys of a dictionary."
        ),
        "cause equal": "Nodes with the same number are taken for one",
        "advice equal": (
            "Compare nodes by what they are, not by their number: without __eq__, or with sets and dictionaries of "
            "id(node)."
        ),
        "cause upstream": "{operations}: what arrives is not multiplied in",
        "advice upstream": (
            "The chain rule: what goes to an operand is the local derivative times the whole gradient of the result, "
            "such as local * out.grad."
        ),
        "cause derivative": "The derivative of {operations} is wrong",
        "advice derivative": "Compute the local derivative by hand for the numbers below, and compare.",
        "hint sign": "Its sign is wrong.",
        "hint nothing": "Nothing arrives: it is 0, or multiplied by a gradient that is still 0.",
        "hint left out": "It was left out: what arrives is passed on as it is.",
        "cause variable": "{operations}: the wrong variable is used on the way back",
        "advice variable": "Look at what the closure, or the formula, takes its numbers from.",
        "hint number": (
            "The formula is right, but one number in it is that of another node: of self for other, or of x for y."
        ),
        "hint function": (
            "The formula is that of another operation: it was copied, or a variable of a loop has changed since."
        ),
        "hint owner": (
            "The closure was given to the operand, not to the result: it takes the place of what the operand would "
            "have done itself."
        ),
        "cause value": "The value of {operations} is wrong",
        "advice value": "The forward pass comes first: repair the number, then look at the gradient.",
        "cause changed": "Running {operations} changes a number",
        "advice changed": "The backward pass may change gradients only: look for data where grad is meant.",
        "cause reflected": "{operations} is wrong with a number on its left",
        "advice reflected": (
            "Python calls __rsub__, __rtruediv__, __rpow__ with the operands exchanged: self stands on the right. "
            "2 − v is not v − 2, and 2 ** v is not v ** 2, nor is its derivative."
        ),
        "cause shared": "A backward pass changes another graph",
        "advice shared": (
            "Something is shared: a list that is a default argument or belongs to the class, a tape that is never "
            "emptied. Give every node, and every pass, its own."
        ),
        "cause reset": "A second backward pass is wrong, though all gradients were 0 again",
        "advice reset": (
            "Something of the first pass is left, such as marks of visited nodes, counts, or results kept. If a graph "
            "can be used only once, say so by an error."
        ),
        "hint zero_grad": "The gradients are not 0 after its own function for that.",
        "cause in place": "{operations} in place changes a number that is still needed",
        "advice in place": (
            "What was computed with a node needs its old number on the way back. Let += make a new node: leave "
            "__iadd__ out, and Python does that."
        ),
        "cause endless": "It runs for ever",
        "advice endless": "Look for a loop or a call that comes back to itself, and for a mark of what was visited.",
        "cause error": "It fails",
        "advice error": "Repair this first: what depends on it could not be examined.",
        "cause died": "It ends the process",
        "advice died": "Look for sys.exit, os._exit, and recursion without end.",
        "cause unknown": "Some gradients are wrong, for a reason that is not in the list",
        "advice unknown": "Follow the numbers of the program by hand, from the output backwards.",
        "missing": "It does not have {names}.",
        "missing reflected": "It does not have {names}, with a number on the left.",
        "numbers": "Plain numbers are not taken by {names}: both operands must be nodes.",
        "exponent": "In v ** w nothing goes back to w.",
        "recursion": (
            "It is recursive, and fails with a chain of {n} operations: Python allows about 1000 calls one in "
            "another. A loop with a stack of one's own has no such limit."
        ),
        "slow chain": "A chain of {n} operations takes too long.",
        "paths": (
            "It goes along every path, and their number doubles with each branching point: {n} in a row do not end. "
            "In topological order each node is passed on once."
        ),
        "again all": (
            "A second backward pass over the same graph counts what the first has left in the inner nodes: 96 for 64 "
            "with (x · x)² at 2, as in micrograd. Make the graph anew for each pass, or set all gradients to 0."
        ),
        "again none": "Every backward pass begins anew: gradients do not add up over several passes.",
        "again otherwise": "Two backward passes over the same graph give {found}, with (x · x)² at 2; usual is 64.",
        "import": "Reading the file takes {seconds} s: what it runs should stand under if __name__ == '__main__':",
        "stopped": "Reading the file ended with {error}; what stands before that was examined.",
        "unanswered": "{n} programs were not asked: too many others did not end.",
        "limits": "This system does not limit {names}; only the time that passes is.",
        "memory": "memory",
        "files": "files",
        "time": "computing time",
    },
    part=part,
)  # fmt: skip

"""A GPT of single numbers: a model of language that learns words letter by letter, written with Values and lists.

Every weight is a Value, and every product and sum of the network is a node of the graph: 34 931 for a word of three
letters. Nothing is hidden in an array, so this file is all there is to know about such a model, and its inverse network
is the one of the lectures.

    python tutorials/gpt.py              one word a step, evaluated operation by operation
    python tutorials/gpt.py --compiled   the same program compiled, once for each length of word: 32 words a step
    python tutorials/gpt.py --draw       pictures of one word's step: gpt.svg, and its parts in gpt_parts.svg

The graph of a word depends on its length alone. So `jit` compiles one program for all words of a length; which row of
the table of embeddings a letter takes is chosen when it runs, by `take`.
"""

import random
import sys
import time

import numpy as np

from inversa import viz
from inversa.autograd import Value, jit, max, part, take

LETTERS = ".abcdefghijklmnopqrstuvwxyz"  # the dot stands before every word and after it
WIDTH, HEADS, LONGEST = 16, 4, 12
HEAD = WIDTH // HEADS


# Words, made by rules that can be learnt: syllables of a consonant and a vowel; all vowels are dark, or all are bright.


def words(number, generator):
    """Random words such as ``telimi`` and ``ganobu``."""
    found = []
    for _ in range(number):
        vowels = generator.choice(["aou", "ei"])
        syllables = [generator.choice("bdglmnrst") + generator.choice(vowels) for _ in range(generator.randint(1, 4))]
        found.append("".join(syllables))
    return found


def tokens_of(word):
    """The numbers of the letters, with the dot on both sides."""
    return [LETTERS.index(letter) for letter in f".{word}."]


# The network.


def matrix(outputs, inputs, generator, deviation=0.08):
    """Weights: a list of rows of Values."""
    return [[Value(generator.gauss(0.0, deviation)) for _ in range(inputs)] for _ in range(outputs)]


def initial_weights(generator):
    """All weights of the model, by name."""
    shapes = {
        "letter": (len(LETTERS), WIDTH),  # the embedding of every letter
        "position": (LONGEST + 1, WIDTH),  # and of every position
        "query": (WIDTH, WIDTH),
        "key": (WIDTH, WIDTH),
        "value": (WIDTH, WIDTH),
        "join": (WIDTH, WIDTH),  # what the heads found, together
        "up": (4 * WIDTH, WIDTH),
        "down": (WIDTH, 4 * WIDTH),
        "scores": (len(LETTERS), WIDTH),  # one for each letter that may come next
    }
    return {name: matrix(*shape, generator) for name, shape in shapes.items()}


def linear(x, weights):
    """A layer of linear neurons."""
    return [sum(w * x_i for w, x_i in zip(row, x)) for row in weights]


@part("softmax")
def softmax(scores):
    """Positive numbers that sum to 1; the largest score is taken off first, so that no power is too large."""
    largest = max(scores)
    powers = [(score - largest).exp() for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


@part("norm")
def normalised(x):
    """x divided by the root of its mean square."""
    scale = (sum(x_i * x_i for x_i in x) / len(x) + 1e-5) ** -0.5
    return [x_i * scale for x_i in x]


@part("attention")
def attention(x, keys, values, weights):
    """What each head finds in the positions up to this one: their values, weighted by how well key and query match."""
    query = linear(x, weights["query"])
    keys.append(linear(x, weights["key"]))
    values.append(linear(x, weights["value"]))
    found = []
    for head in range(HEADS):
        own = range(head * HEAD, (head + 1) * HEAD)
        with part(f"head {head + 1}"):
            matches = softmax([sum(query[i] * key[i] for i in own) * HEAD**-0.5 for key in keys])
            found += [sum(match * value[i] for match, value in zip(matches, values)) for i in own]
    return linear(found, weights["join"])


@part("block")
def block(x, keys, values, weights):
    """One layer of a transformer: attention, then a network of one hidden layer; each is added to what comes in."""
    x = [x_i + a_i for x_i, a_i in zip(x, attention(normalised(x), keys, values, weights))]
    hidden = [h.relu() for h in linear(normalised(x), weights["up"])]
    return [x_i + d_i for x_i, d_i in zip(x, linear(hidden, weights["down"]))]


@part("letter")
def next_letter(token, position, keys, values, weights):
    """The probability of every letter to come next; keys and values are those of all letters so far."""
    embedded = zip(take(weights["letter"], token), weights["position"][position])
    x = block(normalised([a + b for a, b in embedded]), keys, values, weights)
    return softmax(linear(x, weights["scores"]))


def cost(tokens, weights):
    """The mean of −log p of the letter that did come next: the cross-entropy."""
    keys, values, costs = [], [], []
    for position in range(len(tokens) - 1):
        probabilities = next_letter(tokens[position], position, keys, values, weights)
        with part("surprise"):
            costs.append(-take(probabilities, tokens[position + 1]).log())
    return sum(costs) / len(costs)


# Training, by Adam.


def adam(parameters, averages, step, rate, beta1=0.9, beta2=0.99, epsilon=1e-8):
    """Change every parameter by its gradient; ``averages`` has for each the running means of g and g²."""
    for parameter, average in zip(parameters, averages):
        g = parameter.grad or 0.0  # None for what this word has no use for, such as later positions
        average[0] += (1 - beta1) * (g - average[0])
        average[1] += (1 - beta2) * (g * g - average[1])
        m, v = average[0] / (1 - beta1**step), average[1] / (1 - beta2**step)
        parameter.data -= rate * m / (v**0.5 + epsilon)
        parameter.grad = 0.0


def train(weights, corpus, steps, cost_of_batch, rate=0.02):
    """The costs of all steps. A step takes the words that ``cost_of_batch`` is given, and fills in the gradients."""
    parameters = [w for rows in weights.values() for row in rows for w in row]
    averages = [[0.0, 0.0] for _ in parameters]
    costs = []
    for step in range(1, steps + 1):
        costs.append(cost_of_batch(corpus, step))
        adam(parameters, averages, step, rate * (1 - (step - 1) / steps))
    return costs


def one_word(weights):
    """A step of one word, as it stands in the lectures: forwards, backwards."""

    def cost_of_batch(corpus, step):
        J = cost(tokens_of(corpus[step % len(corpus)]), weights)
        J.backward()
        return J.data

    return cost_of_batch


def many_words(weights, number=32):
    """A step of many words of one length, through the program for that length."""
    program = jit(lambda tokens: cost(tokens, weights))
    generator = random.Random(2)

    def cost_of_batch(corpus, _step):
        length = len(generator.choice(corpus))
        chosen = generator.choices([word for word in corpus if len(word) == length], k=number)
        return program.backward(list(np.array([tokens_of(word) for word in chosen], float).T), reduce="mean")

    return cost_of_batch


def sample(weights, generator, temperature=0.7):
    """A new word, letter by letter; a low temperature keeps to the likely ones."""
    token, keys, values, word = 0, [], [], ""
    while len(word) < LONGEST:
        probabilities = next_letter(token, len(word), keys, values, weights)
        chances = [p.data ** (1 / temperature) for p in probabilities]
        token = generator.choices(range(len(LETTERS)), chances)[0]
        if token == 0:
            break
        word += LETTERS[token]
    return word


def draw():
    """The step of one word, forward and inverse, folded into its parts; and the parts of the letters opened."""
    weights = initial_weights(random.Random(0))
    J = cost(tokens_of("dog"), weights).named("J")
    for depth, file in ((1, "gpt.svg"), (4, "gpt_parts.svg")):
        viz.draw(J, view="both", depth=depth, title="").render(file)
        print(file)


def main(compiled, steps):
    """Train, and show what was learnt."""
    generator = random.Random(0)
    corpus, weights = words(1000, generator), initial_weights(generator)
    start = time.perf_counter()
    costs = train(weights, corpus, steps, many_words(weights) if compiled else one_word(weights))
    for step in range(0, steps, steps // 10 or 1):
        print(f"step {step + 1:4}  cost {sum(costs[step : step + 10]) / len(costs[step : step + 10]):.3f}")
    print(f"{steps} steps in {time.perf_counter() - start:.0f} s; words of its own:")
    print(*(sample(weights, generator) for _ in range(10)))


if __name__ == "__main__":
    draw() if "--draw" in sys.argv else main("--compiled" in sys.argv, steps=200)

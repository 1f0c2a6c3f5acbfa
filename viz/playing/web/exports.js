// Exports: a network as a safetensors file, and as a program in Python that goes on with its
// training, or plays it.

// The parameters as `MLP.load_state_dict` takes them: pairs of a path and {shape, data}.
function parametersOf(state) {
  return state.layers.flatMap(({ weight, bias }, l) => [
    [
      `layers.${l}.weight`,
      { shape: [weight.values.rows, weight.values.columns], data: weight.values.data },
      weight,
    ],
    [`layers.${l}.bias`, { shape: [bias.values.columns], data: bias.values.data }, bias],
  ]);
}

// A file that `inversa.nn.saving.load` and any reader of safetensors reads: the length of its
// header, the header as JSON, padded to a multiple of eight bytes, and the numbers, all
// little-endian.
function safetensorsOf(config, state) {
  const header = { __metadata__: { playground: JSON.stringify(config) } };
  let end = 0;
  for (const [path, { shape, data }] of parametersOf(state)) {
    header[path] = { dtype: "F64", shape, data_offsets: [end, end + 8 * data.length] };
    end += 8 * data.length;
  }
  let text = new TextEncoder().encode(JSON.stringify(header));
  text = Uint8Array.from({ length: 8 * Math.ceil(text.length / 8) }, (_, i) => text[i] ?? 0x20);
  const file = new DataView(new ArrayBuffer(8 + text.length + end));
  file.setBigUint64(0, BigInt(text.length), true);
  new Uint8Array(file.buffer).set(text, 8);
  let place = 8 + text.length;
  for (const [, { data }] of parametersOf(state)) {
    for (const number of data) {
      file.setFloat64(place, number, true);
      place += 8;
    }
  }
  return new Uint8Array(file.buffer);
}

// A Python program that holds the samples and the state and goes on training for some epochs, to
// the same numbers as the page. `words` are its comments: {about, state, held, order}.
function pythonOf(network, epochs, words) {
  const { config, state, x, y, templates } = network;
  const held = parametersOf(state).filter(([, , { held: places }]) => places.length);
  const penalised = Object.values(config.penalty).some((strength) => strength !== 0);
  const left = state.order === null ? [] : state.order.slice(state.at);
  return [
    ...modelLines(
      network,
      [
        "from inversa.nn import MLP, losses, optim" + (penalised ? ", penalties" : ""),
        "from inversa.viz.playing.chance import Chance",
      ],
      words,
    ),
    "",
    `optimizer = ${optimizerText(templates, config)}`,
    ...(state.steps ? keptLines(state, words) : []),
    `loss = losses.${config.loss}`,
    ...(penalised ? [`penalty = penalties.ElasticNet(${asArguments(config.penalty)})`] : []),
    ...(held.length
      ? [
          `held = {  # ${words.held}`,
          ...held.map(([path, , parameter]) => `    "${path}": [${parameter.held.join(", ")}],`),
          "}",
        ]
      : []),
    "",
    `order = Chance.of([${state.words.order.join(", ")}])  # ${words.order}`,
    `left = [${left.join(", ")}]`,
    `for epoch in range(${state.epoch + 1}, ${state.epoch + 1 + epochs}):`,
    `    left = left or ${config.shuffle ? "order.permutation(len(x))" : "list(range(len(x)))"}`,
    "    while left:",
    ...(config.batch === null
      ? ["        rows, left = left, []"]
      : [`        rows, left = left[:${config.batch}], left[${config.batch}:]`]),
    `        cost = loss(model(x[rows]), y[rows])${penalised ? " + penalty(model)" : ""}`,
    "        optimizer.zero_grad()",
    "        cost.backward()",
    ...(held.length ? ["        before = model.state_dict()"] : []),
    "        optimizer.step()",
    ...(held.length
      ? [
          "        for path, parameter in model.named_parameters():",
          "            for place in held.get(path, []):",
          "                entry = np.unravel_index(place, parameter.shape)",
          "                parameter[entry] = before[path][entry]",
        ]
      : []),
    "    print(epoch, loss(model(x), y).item())",
    "",
  ].join("\n");
}

// A Python program that writes the player of this state, for one of the samples.
function playerOf(network, sample, words) {
  const { config } = network;
  return [
    ...modelLines(network, ["from inversa import viz", "from inversa.nn import MLP"], words),
    "",
    `player = viz.player(model, x[${sample}], y[${sample}], loss="${config.loss}", lr=${decimal(network.settings.lr)})`,
    'player.render("player.html")',
    "",
  ].join("\n");
}

function modelLines({ config, state, x, y, templates }, imports, words) {
  const psi = config.layers.map(({ activation }) => templates.activations[activation].python);
  const functions = [...new Set(psi.filter((text) => !text.startsWith('"')))];
  const sizes = [config.inputs, ...config.layers.map(({ neurons }) => neurons)];
  return [
    `# ${words.about}`,
    "",
    "import numpy as np",
    "",
    ...(functions.length ? [`from inversa.autograd import ${functions.join(", ")}`] : []),
    ...imports,
    "",
    ...arrayLines("x = ", x, ""),
    ...arrayLines("y = ", y, ""),
    `model = MLP([${sizes.join(", ")}], activation=[${psi.slice(0, -1).join(", ")}], output=${psi.at(-1)})`,
    "model.load_state_dict({",
    ...parametersOf(state).flatMap(([path, { shape, data }]) =>
      arrayLines(`    "${path}": `, asRows(shape, data), ",", shape.length),
    ),
    "})",
  ];
}

function keptLines(state, words) {
  const names = Object.keys(state.layers[0].weight.kept);
  if (!names.length) return [];
  return [
    `optimizer.load_state_dict({  # ${words.state}`,
    '    "state": [',
    ...parametersOf(state).flatMap(([, { shape }, { kept }]) => [
      "        {",
      ...names.flatMap((name) =>
        typeof kept[name] === "number"
          ? [`            "${name}": ${kept[name]},`]
          : arrayLines(
              `            "${name}": `,
              asRows(shape, kept[name].data),
              ",",
              shape.length,
            ),
      ),
      "        },",
    ]),
    "    ],",
    '    "groups": optimizer.state_dict()["groups"],',
    "})",
  ];
}

function optimizerText(templates, config) {
  const { python, settings } = templates.optimizers[config.optimizer];
  const given = { ...settings, ...config.settings };
  return python.replace(/\{(\w+)\}/g, (_, name) => decimal(given[name]));
}

function asArguments(given) {
  return Object.entries(given)
    .map(([name, number]) => `${name}=${decimal(number)}`)
    .join(", ");
}

function asRows(shape, data) {
  const [rows, columns] = shape.length === 1 ? [1, shape[0]] : shape;
  return matrix(rows, columns, data);
}

function arrayLines(begin, { rows, columns, data }, end, axes = 2) {
  const indent = begin.slice(0, begin.length - begin.trimStart().length);
  const row = (i) =>
    `[${[...data.subarray(i * columns, (i + 1) * columns)].map(decimal).join(", ")}]`;
  if (axes === 1) return [`${begin}np.array(${row(0)})${end}`];
  return [
    `${begin}np.array([`,
    ...Array.from({ length: rows }, (_, i) => `${indent}    ${row(i)},`),
    `${indent}])${end}`,
  ];
}

// A number as Python writes a float: with all of its digits, and a point, or an exponent.
function decimal(number) {
  const text = Object.is(number, -0) ? "-0" : String(number);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

// What every neuron answers everywhere in the plane of the inputs, as a small map in it; of the
// output as the large one with the samples. Where there is one input they are curves.

const STILL = 100; // cells of the large map's side when nothing runs
const LINE = 80; // points of a curve

// The inputs of all cells, row by row from above; of one input the points of a line.
function cellsOfPlane(side) {
  const [left, right, bottom, top] = data.range;
  if (samples.inputs === 1) {
    return Float64Array.from({ length: LINE }, (_, k) => left + ((right - left) * k) / (LINE - 1));
  }
  const x = new Float64Array(2 * side * side);
  for (let k = 0; k < side * side; k++) {
    x[2 * k] = left + ((right - left) * ((k % side) + 0.5)) / side;
    x[2 * k + 1] = top - ((top - bottom) * (Math.floor(k / side) + 0.5)) / side;
  }
  return x;
}

function paintMaps() {
  const cells = cellsOfPlane(MAP);
  const count = cells.length / samples.inputs;
  const layers = net.forward(matrix(count, samples.inputs, cells)).layers;
  const colours = [rgb("paper"), rgb(shade(0)), rgb(shade(1))];
  for (const { l, j, canvas } of neurons.flat()) {
    const n = sizes()[l];
    const from = l === 0 ? cells : layers[l - 1].a.data;
    const column = Float64Array.from({ length: count }, (_, k) => from[k * n + j]);
    if (samples.inputs === 1) paintCurve(canvas, column);
    else paintMap(canvas, column, colours);
  }
}

// A map: negative numbers in the colour of the first class, positive ones in that of the second.
function paintMap(canvas, column, [paper, negative, positive]) {
  let most = 1e-9;
  for (const x of column) if (Math.abs(x) > most && Number.isFinite(x)) most = Math.abs(x);
  const context = canvas.getContext("2d");
  const image = context.createImageData(MAP, MAP);
  for (let k = 0; k < column.length; k++) {
    const colour = column[k] < 0 ? negative : positive;
    const share = 0.9 * Math.min(1, Math.abs(column[k]) / most) || 0;
    for (let c = 0; c < 3; c++) image.data[4 * k + c] = paper[c] + (colour[c] - paper[c]) * share;
    image.data[4 * k + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

function paintCurve(canvas, column) {
  const context = canvas.getContext("2d");
  const finite = column.filter(Number.isFinite);
  const [least, most] = [Math.min(...finite), Math.max(...finite)];
  context.clearRect(0, 0, MAP, MAP);
  context.strokeStyle = getComputedStyle(canvas).color;
  context.lineWidth = 2;
  context.beginPath();
  column.forEach((x, k) => {
    const y = 35 - (30 * (x - least)) / (most - least || 1);
    context.lineTo(2 + (36 * k) / (LINE - 1), y);
  });
  context.stroke();
}

// The line on which a function is 0, as a path in the square of 100 × 100, from its values in the
// middles of cells: between two of them it is taken to be straight.
function zeroLine(values, side) {
  const at = (i) => (i === 0 ? 0 : i === side - 1 ? 100 : (100 * (i + 0.5)) / side); // to the edge
  const pieces = [];
  for (let row = 0; row + 1 < side; row++) {
    for (let column = 0; column + 1 < side; column++) {
      const k = row * side + column;
      const corners = [k, k + 1, k + side + 1, k + side].map((place) => values[place]);
      const isPositive = corners.map((x) => x >= 0);
      if (isPositive.every((is) => is === isPositive[0]) || corners.some(Number.isNaN)) continue;
      const [left, right, top, bottom] = [column, column + 1, row, row + 1].map(at);
      const places = [
        [left, top],
        [right, top],
        [right, bottom],
        [left, bottom],
      ];
      const found = [];
      for (let c = 0; c < 4; c++) {
        const next = (c + 1) % 4;
        if (isPositive[c] === isPositive[next]) continue;
        const share = corners[c] / (corners[c] - corners[next]);
        const part = Number.isNaN(share) ? 0.5 : share; // between infinities
        found.push(
          places[c].map((x, i) => (x + (places[next][i] - x) * part).toFixed(2)).join(" "),
        );
      }
      for (let c = 0; c < found.length; c += 2) pieces.push(`M${found[c]}L${found[c + 1]}`);
    }
  }
  return pieces.join("");
}

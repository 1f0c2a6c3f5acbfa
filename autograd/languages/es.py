"""Spanish."""

from inversa.autograd.languages._language import Language


def part(where: str, kind: str, number: str, neuron: str | None, inverse: bool) -> str:
    """What a layer or a neuron of a network is called.

    >>> part("hidden", "layer", " 2", " 3", inverse=True)
    'neurona inversa 3 de la capa oculta 2'
    """
    side = "oculta" if where == "hidden" else "de salida"
    dual = " inversa" if inverse else ""
    if neuron is not None:
        return f"neurona{dual}{neuron} de la capa {side}{number}"
    return f"{'neurona' if kind == 'neuron' else 'capa'}{dual} {side}{number}"


LANGUAGE = Language(
    name="español",
    rules=(
        ("coste J", "unidad 1"),
        ("función de pérdida", "derivada f. de pérdida"),
        ("neurona", "neurona inversa"),
        ("suma de entradas", "punto de bifurcación"),
        ("función de activación", "derivada f. de activación"),
        ("entrada ponderada", "salida ponderada doble"),
        ("entrada constante", "salida constante"),
        ("punto de bifurcación", "suma de salidas"),
    ),
    routes={
        "reorders": "cables reordenados",
        "selects": "vuelve a las entradas elegidas",
    },
    phrases={
        "max of windows": "máx. de ventanas",
        "to max of windows": "al máx. de ventanas",
        "windows of": "ventanas de",
        "windows": "ventanas",
        "cross-entropy": "entropía cruzada",
        "of": "de",
        "mean": "media",
        "std": "desv. típica",
        "reshape": "redimensionar",
        "broadcast": "repetir",
        "repeated": "repetido",
        "scatter": "esparcir",
        "concatenate": "concatenar",
        "stack": "apilar",
        "pad": "rellenar",
        "padded": "rellenado",
        "fold": "plegar",
        "in place": "en su lugar",
        "at": "en",
        "where": "donde",
        "sign": "signo",
        "clip": "recortar",
        "round": "redondear",
        "leaky relu": "relu con fuga",
        "step": "escalón",
        "sin": "sen",
        "max": "máx",
        "min": "mín",
        "dropped": "descartado",
        "or": "o",
        "at the maximum": "en el máximo",
        "at the minimum": "en el mínimo",
        "if chosen": "si se elige",
        "if": "si",
        "inside": "dentro",
        "or the slope": "o la pendiente",
        "to": "a",
        "layer": "capa",
        "kind": "clase",
        "output": "salida",
        "parameters": "parámetros",
        "input": "entrada",
        "total": "total",
        "epoch": "época",
        "training": "entrenamiento",
        "validation": "validación",
    },
    losses={
        "squared_error": "error cuadrático",
        "mean_squared_error": "error cuadrático medio",
        "half_squared_error": "½ error cuadrático",
        "half_mean_squared_error": "½ error cuadrático medio",
        "absolute_error": "error absoluto",
        "huber": "Huber",
        "cross_entropy": "entropía cruzada",
        "binary_cross_entropy": "entropía cruzada binaria",
        "binary_cross_entropy_of_probabilities": "entropía cruzada binaria",
        "multilabel_cross_entropy": "entropía cruzada",
        "hinge": "bisagra",
    },
    activations={
        "step": "escalón",
        "identity": "identidad",
        "sigmoid": "sigmoide",
    },
    quantities={
        "validation": "{name} de validación",
        "loss": "pérdida",
        "lr": "tasa de aprendizaje",
        "accuracy": "exactitud",
        "acc": "exactitud",
        "accuracy_score": "exactitud",
        "precision_score": "precisión",
        "recall_score": "exhaustividad",
        "f1_score": "valor F1",
        "r2": "R²",
        "r2_score": "R²",
        "mse": "ECM",
        "mean_squared_error": "ECM",
        "mae": "EAM",
        "mean_absolute_error": "EAM",
    },
    picture={
        "forward": "Grafo directo: los valores fluyen {way}",
        "inverse": "Red inversa: ∂{J} fluye {way}",
        "forward legend": "Negrita: valor.",
        "array legend": "Negrita: valor, o forma de un array y su norma ‖·‖.",
        "gradient legend": "Debajo: ∂{J}/∂(valor).",
        "array gradient legend": "Debajo: ∂{J}/∂(valor), o su norma.",
        "norm legend": "Debajo: ∂{J}, o su norma si es de muchos números; θ: parámetros, ·: salidas de una caja.",
        "derivative legend": "∂ en una flecha: derivada local; donde no figura es 1.",
        "label legend": "∂ en una flecha: derivada local.",
        "inverse legend": "Los mismos elementos, los mismos cables, cada flecha invertida.",
        "gains legend": "Un cable trae su ganancia × lo que entra en él.",
        "shown": "{total} nodos en {shown} cajas.",
        "or": " o ",
        "stale": "ANTICUADO: {names} cambió después de la pasada hacia delante; repítala.",
        "accumulated": "Se han sumado los gradientes de varias pasadas hacia atrás: zero_grad() los olvida.",
        "loss": "pérdida",
        "loss function": "función de pérdida L",
        "inverse layer": "capa inversa",
        "data": "dato: no se entrena",
        "constant": "constante: sin gradiente",
        "operations": "{n} operaciones",
        "operation": "1 operación",
        "parameters": "{n} parámetros",
        "parameter": "1 parámetro",
        "inputs": "{n} entradas",
        "input": "1 entrada",
        "elements": "{n} elementos",
        "element": "1 elemento",
        "arrows": "{n} flechas",
        "arrow": "1 flecha",
        "neurons": "{n} neuronas",
        "neuron": "1 neurona",
        "weights": "{n} pesos",
        "weight": "1 peso",
        "forward description": "Grafo de operaciones de {J}: {boxes}, {arrows}.",
        "inverse description": (
            "Red inversa de {J}: los mismos {boxes} y {arrows}, cada flecha invertida; alimentada con 1 en {J}, da "
            "todos los gradientes."
        ),
        "and more": "y {n} más",
        "read step": "Leer la entrada {name}",
        "inputs step": "Leer las entradas",
        "branch step": "Punto de bifurcación: {name} va a {n} neuronas",
        "weight step": "Entrada ponderada de {neuron}",
        "sum step": "Suma de entradas de {neuron}",
        "activation step": "Activación de {neuron}",
        "neuron step": "Calcular {neuron}",
        "join step": "Softmax: las salidas dependen de todas las sumas",
        "loss step": "Pérdida: comparar con el objetivo",
        "unit step": "Invertir: poner 1 donde estaba {J}",
        "loss derivative step": "La pérdida pasa a ser su derivada",
        "slope step": "{neuron}: la activación pasa a ser ψ′",
        "point step": "{neuron}: la suma pasa a ser un punto de bifurcación",
        "bias step": "{neuron}: el sesgo pasa a ser una salida constante",
        "double step": "{neuron}: salida ponderada doble",
        "outputs step": "El punto de bifurcación pasa a ser una suma: todo lo que vuelve a {name}",
        "inverse neuron step": "Calcular {neuron}: δ y los gradientes de sus pesos",
        "inverse join step": "La softmax devuelve a través de sus derivadas",
        "arrives step": "Todo lo que vuelve a {name}",
        "network": "La red",
        "inverse network": "La red inversa",
        "left to right": "de izquierda a derecha",
        "right to left": "de derecha a izquierda",
        "top to bottom": "de arriba abajo",
        "bottom to top": "de abajo arriba",
        "row by row": ", fila por fila",
        "network legend": "Red {sizes}. Las señales van {way}.",
        "inverse network legend": "Mismos lugares, mismos pesos. Cada señal va {way} y es una derivada de {J}.",
        "penalty legend": "∂{J}/∂w es lo que vuelve más la derivada de la penalización en L.",
        "inverse circles legend": "Mismos lugares. Cada señal va {way} y es una derivada de {J}.",
        "kept legend": "Los números azules se recuerdan de la pasada hacia delante.",
        "weights legend": "Cables de pesos: grosor |w|, continuo positivo, discontinuo negativo.",
        "weight gradients legend": "Cables de pesos: grosor |∂{J}/∂w|, continuo positivo, discontinuo negativo.",
        "nan legend": "Punteado: ningún número (nan).",
        "all shown": "Se muestran {shown} de {total} neuronas y {weights} de {all} pesos.",
        "more neurons": "{n} más",
        "input layer": "entrada",
        "hidden layer": "oculta",
        "output layer": "salida",
        "inverse of": "{layer} inversa",
        "inverse of any": "inversa: {layer}",
        "network description": "Red {sizes}: {inputs}, {neurons}, {weights}.",
        "inverse network description": (
            "Red inversa de {sizes}: la misma red con {neurons} y {weights}, cada cable invertido; alimentada con 1 "
            "en {J}, da todos los gradientes."
        ),
        "spread": "mínimo {least}, mediana {median}, máximo {greatest}",
    },
    page={
        "title": "Retropropagación, paso a paso",
        "forward": "hacia delante →",
        "stage": "La red; el paso actual está resaltado",
        "gradients": "Números y gradientes",
        "name": "nombre",
        "value": "valor",
        "value of": "valor de",
        "reset": "Restaurar",
        "answer": "su respuesta",
        "check": "Comprobar",
        "reveal": "Mostrar",
        "slider": "paso",
        "space": "espacio",
        "k step": "paso",
        "k play": "reproducir",
        "k flip": "voltear",
        "k quiz": "examen",
        "b first": "Primer paso",
        "b back": "Paso atrás",
        "b play": "Reproducir",
        "b next": "Paso siguiente",
        "b last": "Último paso",
        "b flip": "Voltear a la red gemela",
        "b ask": "Examen",
        "b keys": "Atajos de teclado",
        "less": "Menos",
        "more": "Más",
        "playback title": "El entrenamiento, paso a paso",
        "loss": "Pérdida",
        "answers": "Lo que responde la red",
        "network": "La red: grosor |w|, discontinua si es negativo",
        "norms": "Los parámetros: norma ‖·‖",
        "parameter": "parámetro",
        "shape": "forma",
        "norm": "norma",
        "held": "discontinua: validación",
        "nothing": "sin respuesta (nan)",
        "last frame": "El último cuadro, sin script",
        "epoch": "época",
        "static": "Las dos redes, sin script",
        "cannot": "Aquí no se pueden editar los números: ",
    },
    script={
        "forward": "hacia delante →",
        "backward": "← hacia atrás (red inversa)",
        "nothing": "En este paso no hay nada que calcular: siga.",
        "ask": "¿Qué número ocupa el lugar del signo de interrogación?",
        "done": "Respondido: siga.",
        "number": "Escriba un número, como −0,035.",
        "invalid": "Hacen falta {n} número(s), como −0,5; varios se separan con punto y coma.",
        "right": "Correcto.",
        "wrong": "Todavía no: ponga los números en la ecuación.",
        "score": "{right} de {asked} correctas",
        "change": "{name} = {value}, cambiar",
        "updated": "Los parámetros han cambiado.",
    },
    plot={
        "epoch": "época",
        "training": "entrenamiento",
        "validation": "validación",
        "start": "inicio",
        "end": "final",
        "mean": "media",
        "deviation": "± 1 desviación típica",
        "deviations": "± {n} desviaciones típicas",
        "data": "datos",
        "epochs": "época {n}",
        "layer": "capa",
        "gradient": "‖∂J/∂W‖",
        "weights": "pesos",
        "gradients": "gradientes",
        "input": "espacio de entrada",
        "hidden": "capa oculta",
        "true": "clase real",
        "predicted": "clase predicha",
        "component": "componente {n}",
        "unit": "neurona oculta {n}",
        "number": "cantidad",
        "function": "función ψ",
        "derivative": "derivada ψ′",
    },
    plot_names={
        "relu": "ReLU",
        "leaky_relu": "ReLU con fuga",
        "elu": "ELU",
        "slope": "pendiente",
        "alpha": "α",
    },
    tour={
        "example": "1. El ejemplo de la lección: una red 1-2-1 de neuronas sigmoideas, x = {x}, y = {y}, J = (h − y)²",
        "result": "h = {h}, J = {J}. Los gradientes, con la red inversa y por diferencias centrales:",
        "columns": "parámetro|valor|∂J/∂·, red inversa|diferencias centrales|en la diapositiva",
        "misprint": "← errata",
        "why": (
            "La primera capa de la diapositiva no puede ser correcta, sean cuales sean x e y: ∂J/∂b1_1 = σ′(z1_1) · "
            "w2_11 · ∂J/∂b2_1 tiene el signo de {w} · ({d}), porque σ′ es positiva. La red inversa y las diferencias "
            "difieren en {apart} como mucho."
        ),
        "iris": (
            "2. Una red aprende de datos reales: Iris, tres especies de flores, {train} para aprender y {test} "
            "apartadas"
        ),
        "model": (
            "MLP 4-8-3 con {parameters} parámetros, entropía cruzada, descenso de gradiente en minilotes de {batch}"
        ),
        "trained": (
            "{epochs} épocas: pérdida media {first} → {last}, exactitud {train} en entrenamiento, {test} en prueba"
        ),
        "files": "Imágenes, para abrir en un navegador:",
        "player": "el ejemplo, paso a paso",
        "neurons picture": "lo mismo, neurona por neurona, y su inversa",
        "forward": "cada operación, hacia delante",
        "inverse": "su red inversa: los gradientes",
        "layers": "la pérdida de la red de Iris, capa por capa, y su inversa",
        "neurons": "neurona oculta|neurona de salida",
        "titles": "capa oculta|capa de salida",
        "no png": 'Para PNG también: pip install "inversa[png]"',
    },
    command={
        "columns": "nombre|valor",
    },
    examiner={
        "title": "{file}: examen de {kind}",
        "names": "Sus nombres: {names}.",
        "data": "{name} (número)",
        "grad": "{name} (gradiente)",
        "backward": "{name} (pasada hacia atrás)",
        "zero": "{name} (pone a 0 los gradientes)",
        "right": "No hay ningún error: coincide con Inversa en {n} de {n} programas.",
        "fault": "1 error",
        "faults": "{n} errores",
        "remarks": "Conviene saberlo",
        "program": "El programa más pequeño que lo muestra:",
        "says gradient": "∂{output}/∂{node} es {right}, y este motor dice {found}.",
        "says value": "{node} es {right}, y este motor dice {found}.",
        "says changed": "{node} es {right}; después vale {found} en este motor.",
        "says error": "Lanza {error}: {message}.",
        "says line": "Lanza {error} en la línea {line}: {message}.",
        "says slow": "No termina.",
        "says died": "Termina el programa entero.",
        "rule": "La regla que no se cumple es la {mark}: {forward} pasa a ser {inverse}.",
        "follows": "Se debe a esto: {cause}.",
        "yours": "el suyo: ",
        "legend": "Rojo: lo que dice este motor donde se aparta por primera vez. Los demás números son los correctos.",
        "everywhere": "todas las operaciones",
        "cause fresh": "Los gradientes no empiezan en 0",
        "advice fresh": "Al gradiente de un nodo se suma todo lo que vuelve a él: que sea 0.0 en un nodo nuevo.",
        "cause seed": "La pasada hacia atrás no empieza con 1",
        "advice seed": (
            "El gradiente de la salida con respecto a sí misma es 1: póngalo antes de que nada siga hacia atrás."
        ),
        "cause order": "Los nodos se recorren en un orden equivocado",
        "advice order": (
            "Un nodo solo puede transmitir cuando ha llegado todo lo que vuelve a él: recorra los nodos en orden "
            "topológico inverso, la salida primero y cada uno después de todo lo que se calculó con él."
        ),
        "cause visits": "Un nodo transmite más de una vez",
        "advice visits": (
            "Donde se juntan varios caminos, lo que ya se transmitió se transmite otra vez. Reúna lo que vuelve a un "
            "nodo y transmítalo una sola vez."
        ),
        "cause walk": "La pasada hacia atrás no llega a todos los nodos",
        "advice walk": (
            "Desde la salida debe seguir a todas las entradas, a las entradas de estas, y así hasta las hojas."
        ),
        "cause overwrite": "= en lugar de += en {operations}",
        "advice overwrite": (
            "A un nodo que se usa varias veces le vuelve algo de cada uso, y todo eso se suma: escriba += donde se "
            "asigna el gradiente."
        ),
        "cause repeated": "Un operando que está en los dos lados cuenta una sola vez ({operations})",
        "advice repeated": (
            "En x · x vuelven dos cosas a x. Guarde los operandos en una lista o en una tupla, donde x está dos veces, "
            "y no en un conjunto ni como claves de un diccionario."
        ),
        "cause equal": "Los nodos con el mismo número se toman por uno solo",
        "advice equal": (
            "Compare los nodos por lo que son y no por su número: sin __eq__, o con conjuntos y diccionarios de "
            "id(nodo)."
        ),
        "cause upstream": "{operations}: falta multiplicar por lo que llega",
        "advice upstream": (
            "La regla de la cadena: a un operando va la derivada local por el gradiente entero del resultado, por "
            "ejemplo local * out.grad."
        ),
        "cause derivative": "La derivada de {operations} es incorrecta",
        "advice derivative": "Calcule a mano la derivada local con los números de abajo y compare.",
        "hint sign": "El signo es el contrario.",
        "hint nothing": "No llega nada: es 0, o se multiplica por un gradiente que todavía es 0.",
        "hint left out": "Se omitió: lo que llega pasa tal como está.",
        "cause variable": "{operations}: en la vuelta se usa la variable equivocada",
        "advice variable": "Mire de dónde toma sus números la clausura o la fórmula.",
        "hint number": (
            "La fórmula es correcta, pero uno de sus números es el de otro nodo: self en lugar de other, o x en lugar "
            "de y."
        ),
        "hint function": "La fórmula es la de otra operación: se copió, o la variable de un bucle cambió después.",
        "hint owner": (
            "La clausura se guardó en el operando y no en el resultado: ocupa el lugar de lo que el propio operando "
            "tenía que hacer."
        ),
        "cause value": "El valor de {operations} es incorrecto",
        "advice value": "Primero la pasada hacia delante: corrija el número y mire después el gradiente.",
        "cause changed": "Al ejecutar {operations} cambia un número",
        "advice changed": "La pasada hacia atrás solo puede cambiar gradientes: busque data donde debería decir grad.",
        "cause reflected": "{operations} es incorrecto con un número a la izquierda",
        "advice reflected": (
            "Python llama a __rsub__, __rtruediv__ y __rpow__ con los operandos intercambiados: self está a la "
            "derecha. 2 − v no es v − 2, y 2 ** v no es v ** 2, ni tiene su derivada."
        ),
        "cause shared": "Una pasada hacia atrás cambia otro grafo",
        "advice shared": (
            "Hay algo compartido: una lista que es argumento por defecto o pertenece a la clase, una cinta que no se "
            "vacía nunca. Dé a cada nodo y a cada pasada lo suyo."
        ),
        "cause reset": "Una segunda pasada hacia atrás es incorrecta, aunque todos los gradientes volvieron a ser 0",
        "advice reset": (
            "Queda algo de la primera pasada, como marcas de nodos visitados, cuentas o resultados guardados. Si un "
            "grafo solo se puede usar una vez, dígalo con un error."
        ),
        "hint zero_grad": "Los gradientes no son 0 después de llamar a su propia función para ello.",
        "cause in place": "{operations} en su lugar cambia un número que todavía hace falta",
        "advice in place": (
            "Lo que se calculó con un nodo necesita su número anterior en la vuelta. Haga que += cree un nodo nuevo: "
            "quite __iadd__ y Python lo hará."
        ),
        "cause endless": "No termina nunca",
        "advice endless": "Busque un bucle o una llamada que vuelve sobre sí misma, y la marca de lo ya visitado.",
        "cause error": "Falla",
        "advice error": "Corrija esto primero: lo que depende de ello no se pudo examinar.",
        "cause died": "Termina el proceso",
        "advice died": "Busque sys.exit, os._exit y recursión sin fin.",
        "cause unknown": "Algunos gradientes son incorrectos por una razón que no está en la lista",
        "advice unknown": "Siga a mano los números del programa, desde la salida hacia atrás.",
        "missing": "No tiene {names}.",
        "missing reflected": "No tiene {names}, con un número a la izquierda.",
        "numbers": "Los números corrientes no valen en {names}: los dos operandos tienen que ser nodos.",
        "exponent": "En v ** w no vuelve nada a w.",
        "recursion": (
            "Es recursivo y falla con una cadena de {n} operaciones: Python permite unas 1000 llamadas una dentro de "
            "otra. Un bucle con una pila propia no tiene ese límite."
        ),
        "slow chain": "Una cadena de {n} operaciones tarda demasiado.",
        "paths": (
            "Va por todos los caminos, y su número se duplica con cada punto de bifurcación: con {n} seguidos no "
            "termina. En orden topológico cada nodo transmite una vez."
        ),
        "again all": (
            "Una segunda pasada hacia atrás por el mismo grafo cuenta lo que la primera dejó en los nodos interiores: "
            "96 en lugar de 64 con (x · x)² en 2, como en micrograd. Haga el grafo de nuevo para cada pasada, o ponga "
            "a 0 todos los gradientes."
        ),
        "again none": "Cada pasada hacia atrás empieza de nuevo: los gradientes de varias pasadas no se suman.",
        "again otherwise": (
            "Dos pasadas hacia atrás por el mismo grafo dan {found}, con (x · x)² en 2; lo habitual es 64."
        ),
        "import": "Leer el archivo tarda {seconds} s: lo que ejecuta debería estar bajo if __name__ == '__main__':",
        "stopped": "La lectura del archivo terminó con {error}; se examinó lo que está antes.",
        "unanswered": "{n} programas no se preguntaron: demasiados otros no terminaron.",
        "limits": "Este sistema no limita {names}; solo se limita el tiempo que pasa.",
        "memory": "memoria",
        "files": "archivos",
        "time": "tiempo de cálculo",
    },
    part=part,
)  # fmt: skip

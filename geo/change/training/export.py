"""From a checkpoint to the ONNX that ships: uint8 in, whole numbers inside, probabilities out, checked on the way."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from geo.change.model import HEAD_NAMES
from geo.change.training.light import Image
from geo.change.training.network import MIDDLE, SPAN, STRIDE, ChangeNet, Shipped
from geo.change.training.pairs import Pair, Sampler

OPSET = 17
CLOSE = 1e-4
"""How far the ONNX may lie from the network before it is brought to whole numbers, on noise."""
NEAR = 0.03
"""And afterwards, in the mean over the pixels of ground as it is trained on: probabilities, 0 to 1."""
RANGES = 64
"""Pairs of the training set by which the range of every value is measured."""


def network(checkpoint: Path) -> ChangeNet:
    """Return the averaged network of a checkpoint, ready to predict."""
    kept = torch.load(checkpoint, map_location="cpu", weights_only=True)
    net = ChangeNet()
    net.load_state_dict(kept["mean"])
    net.eval()
    return net


def by_torch(net: ChangeNet, before: Image, after: Image) -> NDArray[np.float32]:
    """Return probabilities (3, height, width) of one pair of uint8 images."""
    with torch.no_grad():
        images = (torch.from_numpy(np.ascontiguousarray(image)) for image in (before, after))
        return np.asarray(Shipped(net).eval()(*images)[0].numpy(), np.float32)


def write(net: ChangeNet, path: Path, sampler: Sampler) -> None:
    """Write the network as it ships, its head and its scores with it. Raises ValueError when it says something else.

    Convolutions count in 8 bits (1.8 times the speed), on the very bytes of the images; the heads stay floating.
    """
    ground = [sampler.draw(np.random.default_rng([31, number])) for number in range(RANGES)]
    with tempfile.TemporaryDirectory() as folder:
        whole, plain = Path(folder) / "whole.onnx", Path(folder) / "plain.onnx"
        floating(net, whole)
        quant_pre_process(whole, plain, skip_symbolic_shape=True)
        logging.getLogger().setLevel(logging.ERROR)  # it tells to do what was just done
        graph = onnx.load(plain).graph
        steps = {"scale": np.array(1 / SPAN, np.float32), "zero_point": np.array(MIDDLE, np.uint8),
                 "quant_type": QuantType.QUInt8}  # fmt: skip
        quantize_static(
            plain, path, _Ground(ground), per_channel=True, activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8, nodes_to_exclude=_kept_floating(graph),
            extra_options={"TensorQuantOverrides": {name: [steps] for name in _images(graph)}},
        )  # fmt: skip
    model = onnx.load(path)
    _bytes_stay_bytes(model.graph)
    head = {"weights": net.change.weight[:, :, 0, 0].tolist(), "biases": net.change.bias.tolist()}
    onnx.helper.set_model_props(model, {"head": json.dumps(head), "calibration": json.dumps([0.0, 1.0])})
    onnx.save(model, path)
    run = session(path)
    apart = [np.abs(_by_onnx(run, p) - by_torch(net, p.before, p.after)).mean() for p in ground[::8]]
    if np.mean(apart) > NEAR:
        raise ValueError(f"{path} differs from the network by {np.mean(apart):.3f} on average, more than {NEAR}")


def keep_curve(path: Path, curve: tuple[float, float]) -> None:
    """Write the curve of calibrate.py into an ONNX."""
    known = onnx.load(path)
    told = {entry.key: entry.value for entry in known.metadata_props} | {"calibration": json.dumps(curve)}
    onnx.helper.set_model_props(known, told)
    onnx.save(known, path)


class _Ground(CalibrationDataReader):  # type: ignore[misc]
    """Pairs as the quantisation reads them."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self._pairs: Iterator[Pair] = iter(pairs)

    def get_next(self) -> dict[str, Image] | None:
        """Return the next pair, None after the last."""
        pair = next(self._pairs, None)
        return None if pair is None else _named(pair)


def _named(pair: Pair) -> dict[str, Image]:
    return {"before": np.ascontiguousarray(pair.before), "after": np.ascontiguousarray(pair.after)}


def _by_onnx(run: onnxruntime.InferenceSession, pair: Pair) -> NDArray[np.float32]:
    return np.asarray(run.run(["probabilities"], _named(pair))[0], np.float32)


def _kept_floating(graph: onnx.GraphProto) -> list[str]:
    """Return the nodes that make much of little: the first convolution, the heads and what follows them."""
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    heads = [node for node in convolutions if node.input[1].startswith(("net.change.", "net.building."))]
    last = [[node for node in graph.node if node.op_type == kind][-1] for kind in ("Concat", "Resize")]
    behind = [node for node in graph.node if node.op_type in ("DepthToSpace", "Sigmoid")]
    return [node.name for node in (convolutions[0], *heads, *last, *behind)]


def _images(graph: onnx.GraphProto) -> list[str]:
    """Return the names of the centred images, each alone and both together as the first convolution reads them."""
    maker = {name: node for node in graph.node for name in node.output}
    both = next(node for node in graph.node if node.op_type == "Conv").input[0]
    return [both, *maker[both].input]


def _bytes_stay_bytes(graph: onnx.GraphProto) -> None:
    """Take out what centres an image and brings it back to 8 bits: in steps of 1 / SPAN that is the image."""
    for cast in [node for node in graph.node if node.op_type == "Cast"]:
        last = cast
        for kind in ("Sub", "Div", "QuantizeLinear"):
            last = next(node for node in graph.node if node.op_type == kind and node.input[0] == last.output[0])
        for node in graph.node:
            node.input[:] = [cast.input[0] if name == last.output[0] else name for name in node.input]
    _without_unused(graph)


def floating(net: ChangeNet, path: Path) -> None:
    """Write the network as ONNX, with its paddings inside its convolutions, and check it. Raises ValueError."""
    side = 4 * STRIDE
    before, after = (torch.randint(0, 256, (side, side, 3), dtype=torch.uint8) for _ in range(2))
    image, maps = {0: "height", 1: "width"}, {1: "height", 2: "width"}
    free = {"before": image, "after": image, "probabilities": maps, "features": {1: "rows", 2: "columns"}}
    torch.onnx.export(
        Shipped(net).eval(), (before, after), str(path), input_names=["before", "after"],
        output_names=["probabilities", "features"], dynamic_axes=free, dynamo=False, opset_version=OPSET,
    )  # fmt: skip
    model = onnx.load(path)
    _pads_into_convolutions(model.graph)
    for value in model.graph.initializer:
        if value.name in HEAD_NAMES:  # as inputs that need not be given, so that a city can give its own
            model.graph.input.append(onnx.helper.make_tensor_value_info(value.name, value.data_type, value.dims))
    onnx.checker.check_model(model)
    onnx.save(model, path)
    worst = difference(net, path)
    if worst > CLOSE:
        raise ValueError(f"{path} differs from the network by up to {worst:.2g}, more than {CLOSE}")


def session(path: Path) -> onnxruntime.InferenceSession:
    """Open an ONNX on one thread."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # it warns of the head that may be given anew, which is meant
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def difference(net: ChangeNet, path: Path) -> float:
    """Return the largest difference between the ONNX and the network on noise and on a flat image."""
    run = session(path)
    rng = np.random.default_rng(1)
    worst = 0.0
    for height, width in ((128, 192), (256, 256)):
        before = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        after = np.full_like(before, 90)
        after[: height // 2] = before[: height // 2]
        given = run.run(["probabilities"], {"before": before, "after": after})[0]
        worst = max(worst, float(np.abs(given - by_torch(net, before, after)).max()))
    return worst


def _pads_into_convolutions(graph: onnx.GraphProto) -> None:
    """Give each convolution the padding that stands before it as an own node: those halve the speed."""
    weights = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    maker = {name: node for node in graph.node for name in node.output}
    for node in graph.node:
        before = maker.get(node.input[0]) if node.op_type == "Conv" else None
        if before is None or before.op_type != "Pad":
            continue
        more = weights[node.input[1]].shape[2] - 2  # as network.Same pads with a stride of 2
        pads = next(a for a in node.attribute if a.name == "pads")
        pads.ints[:] = [more // 2, more // 2, more - more // 2, more - more // 2]
        node.input[0] = before.input[0]
    _without_unused(graph)


def _without_unused(graph: onnx.GraphProto) -> None:
    """Take out the nodes that nothing reads."""
    while unused := _unused(graph):
        for node in unused:
            graph.node.remove(node)


def _unused(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    used = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    return [node for node in graph.node if not used & set(node.output)]

"""The network and its export; torch is needed to train, never to run, so these skip where it is not."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is only needed to train")
pytest.importorskip("onnx", reason="onnx is only needed to export")

from geo.change import model  # noqa: E402
from geo.change.training import export, train  # noqa: E402
from geo.change.training.network import OUT, STRIDE, ChangeNet, Same  # noqa: E402
from geo.change.training.pairs import Sampler  # noqa: E402
from geo.change.training.scenes import UNKNOWN, Scene  # noqa: E402


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(3)
    torch.set_num_threads(1)
    return ChangeNet().eval()


def images(seed, side=64):
    return torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(seed))


def test_padding_is_tensorflow_s():
    """With a stride of 2, the first sum starts at the first pixel and the last reaches past the end."""
    same = Same(1, 1, 3, 2)
    torch.nn.init.ones_(same.weight)
    x = torch.arange(1.0, 17.0).reshape(1, 1, 4, 4)
    expected = [
        [1 + 2 + 3 + 5 + 6 + 7 + 9 + 10 + 11, 3 + 4 + 7 + 8 + 11 + 12],
        [9 + 10 + 11 + 13 + 14 + 15, 11 + 12 + 15 + 16],
    ]
    assert same(x)[0, 0].tolist() == expected


def test_dates_swapped_swap_the_buildings_and_keep_the_change(net):
    with torch.no_grad():
        a, b = net(images(1), images(2)), net(images(2), images(1))
    assert a.shape == (2, 3, 64 // OUT, 64 // OUT)
    assert torch.allclose(a[:, 0], b[:, 0], atol=1e-5)
    assert torch.allclose(a[:, 1], b[:, 2], atol=1e-5)


def test_the_folded_low_part_gives_the_same(net):
    whole = net(images(1), images(2))
    folded = ChangeNet()
    folded.load_state_dict(net.state_dict())
    folded.encoder.fix_low()
    folded.eval()
    assert torch.allclose(whole, folded(images(1), images(2)), atol=1e-4)
    assert not any(p.requires_grad for p in folded.encoder._blocks[0].parameters())


def test_loss_falls_to_nothing_for_the_right_answer_and_heeds_no_unknown():
    labels = torch.zeros(1, 3, 32, 32, dtype=torch.uint8)
    labels[:, :2, 8:16, 8:16] = 1
    right = torch.where(labels[:, :, ::OUT, ::OUT] == 1, 20.0, -20.0)
    assert train.loss(right, labels)[0] < 0.01
    wrong = right.clone()
    wrong[:, :, 12:] = 20.0
    assert train.loss(wrong, labels)[0] > 1
    labels[:, :, 24:] = UNKNOWN
    assert train.loss(wrong, labels)[0] < 0.01


def test_a_change_of_unknown_direction_teaches_the_buildings():
    labels = torch.full((1, 3, 32, 32), UNKNOWN, dtype=torch.uint8)
    labels[:, 0] = 1
    logits = torch.full((1, 3, 16, 16), 20.0)
    either = logits.clone()
    either[:, 2] = -20.0
    assert train.loss(either, labels)[0] < train.loss(logits, labels)[0] - 1


def test_rates_rise_stay_and_fall():
    recipe = train.Recipe(steps=1000)
    assert train.factor(recipe, 49) == pytest.approx(0.5)
    assert train.factor(recipe, 500) == 1
    assert train.factor(recipe, 750) == pytest.approx(0.5)


@pytest.fixture(scope="module")
def sampler():
    """A grey pair of scenes to measure ranges by."""
    planes = np.random.default_rng(1).integers(0, 2, (192, 192, 9), dtype=np.uint8)
    planes[:, :, :6] *= 200
    return Sampler({"train_gz": [Scene("train_gz", "pair", 0.55, planes)]})


@pytest.mark.filterwarnings("ignore")  # of the exporter, which is to be the old one
def test_export_gives_what_the_network_gives(net, sampler, tmp_path, monkeypatch):
    path = tmp_path / "model.onnx"
    monkeypatch.setattr(export, "RANGES", 8)
    export.write(net, path, sampler)  # itself refuses a difference over 1e-4, and over 0.03 in 8 bits
    run = export.session(path)
    head = json.loads(run.get_modelmeta().custom_metadata_map["head"])
    assert head["biases"] == net.change.bias.tolist()
    image = np.zeros((2 * STRIDE, 3 * STRIDE, 3), np.uint8)
    maps, features = run.run(None, {"before": image, "after": image})
    assert maps.shape == (3, 2 * STRIDE, 3 * STRIDE)
    assert features.shape == (32, 2 * STRIDE // 4, 3 * STRIDE // 4)
    kinds = [node.op_type for node in export.onnx.load(path).graph.node]
    assert "Pad" not in kinds
    assert kinds.count("QuantizeLinear") > 50


def test_the_curve_stands_in_the_file_beside_the_head(tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(model.WEIGHTS.read_bytes())
    export.keep_curve(path, (0.25, 1.5))
    told = {entry.key: entry.value for entry in export.onnx.load(path).metadata_props}
    assert json.loads(told["calibration"]) == [0.25, 1.5]
    assert len(json.loads(told["head"])["biases"]) == 4

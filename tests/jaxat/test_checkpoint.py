"""What is saved comes back bit for bit, in both formats; another model is named and refused."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

from jaxat import checkpoint
from jaxat._manifest import seal
from jaxat.checkpoint import CheckpointError, DamagedCheckpointError

both = pytest.mark.parametrize("storage", ["orbax", "npz"])


class Pair(NamedTuple):
    first: Any
    second: Any


def everything() -> Any:
    """One leaf of every kind that a state can hold, with the values that are lost most easily."""
    odd = np.array([np.nan, -0.0, np.inf, -np.inf, 5e-324, 1e308])
    return {
        "file": jnp.asarray(
            np.array([np.nan, -0.0, np.inf, 1e-45], np.float32)
        ),  # a name that numpy.savez cannot store
        "float": jnp.asarray([np.nan, -0.0, -np.inf, 0.1]),
        "double": odd,
        "brain": jnp.asarray([1 / 3, -0.0, np.nan, 3e38], jnp.bfloat16),
        "tiny": jnp.asarray([0.5, -0.0], jnp.float8_e4m3fn),
        "words": jnp.asarray([0, 2**32 - 1], jnp.uint32),
        "truth": jnp.asarray([True, False]),
        "empty": jnp.zeros((0, 3)),
        "weak": jnp.asarray(2.5),
        "pair": Pair((jnp.int32(7), None), [np.arange(6).reshape(2, 3).T, 3]),
        "a/b": jnp.ones(2),
        "a": {"b": jnp.zeros(2)},
        "key": jax.random.key(3),
        "keys": jax.random.split(jax.random.key(1, impl="rbg"), 3),
        "old key": jax.random.PRNGKey(5),
        "nothing": (),
    }


def bits(leaf: Any) -> tuple[object, ...]:
    """What tells two leaves apart, as this test sees it."""
    kind = (type(leaf), getattr(leaf, "weak_type", None), getattr(leaf, "committed", None))
    if hasattr(leaf, "dtype") and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        kind = (*kind, str(jax.random.key_impl(leaf)))
        leaf = jax.random.key_data(leaf)
    array = np.asarray(leaf)
    return (*kind, array.dtype, array.shape, array.tobytes())


@both
def test_every_kind_of_leaf_comes_back_bit_for_bit(tmp_path: Path, storage: Any) -> None:
    tree = everything()
    facts = {"best": 0.1 + 0.2, "since": 3, "history": [1, None, True], "name": "ε"}
    path = checkpoint.save(tmp_path, 12, tree, facts, storage=storage)
    assert path == tmp_path / "12"
    assert json.loads((path / "manifest.json").read_text())["contents"]["storage"] == storage
    like = jax.tree.map(lambda leaf: leaf, everything())
    restored = checkpoint.latest(tmp_path, like)
    assert restored is not None
    assert (restored.number, restored.facts, restored.complaints) == (12, facts, ())
    assert jax.tree.structure(restored.tree) == jax.tree.structure(tree)
    assert list(map(bits, jax.tree.leaves(restored.tree))) == list(map(bits, jax.tree.leaves(tree)))


@both
def test_the_keys_draw_the_same_numbers(tmp_path: Path, storage: Any) -> None:
    key = jax.random.fold_in(jax.random.key(8), 2)
    checkpoint.save(tmp_path, 0, key, storage=storage)
    again, _ = checkpoint.load(tmp_path / "0", jax.random.key(0))
    assert jax.random.normal(again, (3,)).tolist() == jax.random.normal(key, (3,)).tolist()


def test_shapes_will_do_in_place_of_arrays(tmp_path: Path) -> None:
    tree = {"w": jnp.arange(3.0), "key": jax.random.key(1)}
    checkpoint.save(tmp_path, 0, tree, storage="npz")
    again, _ = checkpoint.load(tmp_path / "0", jax.eval_shape(lambda: tree))
    assert again["w"].tolist() == [0, 1, 2]
    assert again["key"] == tree["key"]


def test_the_plain_format_is_read_by_numpy_alone(tmp_path: Path) -> None:
    path = checkpoint.save(tmp_path, 0, {"layer": {"w": jnp.arange(3)}}, storage="npz")
    with np.load(path / "arrays.npz", allow_pickle=False) as archive:
        assert archive["layer/w"].tolist() == [0, 1, 2]


def test_bfloat16_lies_there_as_its_words(tmp_path: Path) -> None:
    path = checkpoint.save(tmp_path, 0, {"w": jnp.asarray([1.5], jnp.bfloat16)}, storage="npz")
    with np.load(path / "arrays.npz", allow_pickle=False) as archive:
        assert archive["w"].view(ml_dtypes.bfloat16).tolist() == [1.5]
        assert archive["w"].tolist() == [0x3FC0]


@both
def test_what_comes_back_can_be_donated(tmp_path: Path, storage: Any) -> None:
    checkpoint.save(tmp_path, 0, {"w": jnp.arange(1000.0)}, storage=storage)
    tree, _ = checkpoint.load(tmp_path / "0", {"w": jnp.zeros(1000)})
    add = jax.jit(lambda t: {"w": t["w"] + 1}, donate_argnums=0)
    assert add(tree)["w"].tolist() == list(range(1, 1001))


OTHER = {
    "shape": ({"w": np.zeros((2, 2), np.float32)}, "w is float32 (2, 3) there, float32 (2, 2)"),
    "dtype": ({"w": np.zeros((2, 3), np.float16)}, "w is float32 (2, 3) there, float16 (2, 3)"),
    "more": (
        {"w": np.zeros((2, 3), np.float32), "x": np.zeros(1)},
        "x is absent there, float64 (1,) in this one",
    ),
    "less": ({}, "w is float32 (2, 3) there, absent in this one"),
    "name": ({"v": np.zeros((2, 3), np.float32)}, "v is absent there, float32 (2, 3) in this"),
}


@both
@pytest.mark.parametrize("other", OTHER)
def test_another_model_is_one_line_with_the_first_leaf_that_differs(
    tmp_path: Path, other: str, storage: Any
) -> None:
    path = checkpoint.save(tmp_path, 0, {"w": np.ones((2, 3), np.float32)}, storage=storage)
    like, words = OTHER[other]
    for read in (lambda: checkpoint.load(path, like), lambda: checkpoint.latest(tmp_path, like)):
        with pytest.raises(CheckpointError, match="is of another model") as error:
            read()
        assert not isinstance(error.value, DamagedCheckpointError)
        assert words in str(error.value)
        assert "\n" not in str(error.value)


def test_a_key_of_another_kind_is_another_model(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, 0, {"key": jax.random.key(0)}, storage="npz")
    with pytest.raises(CheckpointError, match=r"key is key<fry> \(\) there, key<rbg> \(\) in"):
        checkpoint.load(tmp_path / "0", {"key": jax.random.key(0, impl="rbg")})


def test_the_two_newest_stay_and_a_later_past_goes(tmp_path: Path) -> None:
    for number in (3, 20, 100):
        checkpoint.save(tmp_path, number, {"n": number}, storage="npz")
    assert checkpoint.numbers(tmp_path) == [20, 100]
    checkpoint.save(tmp_path, 30, {"n": 31}, storage="npz")
    assert checkpoint.numbers(tmp_path) == [20, 30]
    checkpoint.save(tmp_path, 30, {"n": 32}, keep=1, storage="npz")
    restored = checkpoint.latest(tmp_path, {"n": 0})
    assert restored is not None
    assert (restored.number, restored.tree) == (30, {"n": 32})
    assert [path.name for path in tmp_path.iterdir()] == ["30"]


def test_no_checkpoint_is_no_error(tmp_path: Path) -> None:
    assert checkpoint.latest(tmp_path / "absent", {}) is None
    (tmp_path / "notes").mkdir()
    (tmp_path / "7").write_text("a file")
    assert checkpoint.latest(tmp_path, {}) is None
    with pytest.raises(CheckpointError, match="there is no checkpoint"):
        checkpoint.load(tmp_path / "8", {})


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"best": float("inf")}, r"facts\['best'\] is no JSON"),
        ({"best": np.float32(1)}, r"facts\['best'\] is no JSON"),
        ({"shape": (1, 2)}, r"facts\['shape'\] = \(1, 2\) would come back as something else"),
        ({"map": {1: 2}}, r"facts\['map'\] = \{1: 2\} would come back as something else"),
    ],
)
def test_facts_that_would_change_are_refused(tmp_path: Path, facts: Any, words: str) -> None:
    with pytest.raises(CheckpointError, match=words):
        checkpoint.save(tmp_path, 0, {}, facts)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_saved_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="layer/name is neither an array of numbers nor"):
        checkpoint.save(tmp_path, 0, {"layer": {"name": "conv"}}, storage="npz")
    with pytest.raises(CheckpointError, match="number is at least 0 and keep at least 1"):
        checkpoint.save(tmp_path, -1, {}, storage="npz")
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match="cannot write checkpoint .*file/0: .*File exists"):
        checkpoint.save(tmp_path / "file", 0, {"w": np.ones(1)}, storage="npz")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_nothing_is_unpickled_even_with_the_right_checksums(tmp_path: Path) -> None:
    class Payload:
        def __reduce__(self) -> Any:
            return Path.touch, (tmp_path / "executed",)

    path = checkpoint.save(tmp_path / "c", 0, {"w": np.ones(1)}, storage="npz")
    contents = json.loads((path / "manifest.json").read_text())["contents"]
    del contents["files"]
    (path / "manifest.json").unlink()
    with zipfile.ZipFile(path / "arrays.npz", "w") as archive, archive.open("w.npy", "w") as file:
        np.lib.format.write_array(file, np.array([Payload()], object), allow_pickle=True)
    seal(path, contents)
    with pytest.raises(CheckpointError, match="Object arrays cannot be loaded"):
        checkpoint.load(path, {"w": np.ones(1)})
    assert not (tmp_path / "executed").exists()


def test_without_orbax_the_plain_format_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint.save(tmp_path / "before", 0, {"w": np.ones(1)})
    assert (tmp_path / "before/0/arrays").is_dir()  # Orbax is installed wherever this is tested
    monkeypatch.setitem(sys.modules, "orbax.checkpoint", None)
    path = checkpoint.save(tmp_path / "after", 0, {"w": np.ones(1)})
    assert sorted(p.name for p in path.iterdir()) == ["arrays.npz", "manifest.json"]
    with pytest.raises(CheckpointError, match="orbax-checkpoint is not installed"):
        checkpoint.save(tmp_path / "after", 1, {}, storage="orbax")
    with pytest.raises(CheckpointError, match="Orbax wrote it, which is not installed"):
        checkpoint.load(tmp_path / "before/0", {"w": np.ones(1)})


def run(program: str, **environment: str) -> str:
    import os

    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert found.returncode == 0, found.stderr
    return found.stdout


def test_importing_it_imports_neither_orbax_nor_tensorflow() -> None:
    program = (
        "import sys, jaxat.checkpoint, jaxat.rundir, jaxat.records, jaxat.progress\n"
        "import jaxat.event_files\n"
        "names = {name.split('.')[0] for name in sys.modules}\n"
        "print(sorted(names & {'orbax', 'tensorflow', 'tensorboardX', 'rich', 'flax'}))"
    )
    assert run(program) == "[]\n"


def test_arrays_return_to_the_devices_that_they_were_on(tmp_path: Path) -> None:
    program = f"""
import jax, numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec as P
from jaxat import checkpoint
mesh = Mesh(np.array(jax.devices()), ("batch",))
put = lambda x, *axes: jax.device_put(x, NamedSharding(mesh, P(*axes)))
tree = {{"everywhere": put(np.arange(3)), "split": put(np.arange(16), "batch"),
         "key": put(jax.random.key(1)), "free": jax.numpy.ones(2)}}
for storage in ("orbax", "npz"):
    checkpoint.save({str(tmp_path)!r}, 0, tree, storage=storage)
    again, _ = checkpoint.load({str(tmp_path / "0")!r}, tree)
    for a, b in zip(jax.tree.leaves(tree), jax.tree.leaves(again), strict=True):
        assert (a.sharding, a.committed) == (b.sharding, b.committed)
        assert (a == b).all()
print(len(again["split"].sharding.device_set), len(again["free"].sharding.device_set))
"""
    assert run(program, XLA_FLAGS="--xla_force_host_platform_device_count=8") == "8 1\n"

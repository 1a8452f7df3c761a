"""Shadow positions: what the rest of a text gives a word, in the same forward pass."""

import numpy as np
import pytest
import torch

from rediff_viz.backends import open_checkpoint
from rediff_viz.backends.base import BatchItem, Request
from rediff_viz.backends.world import WorldBackend
from rediff_viz.nets.writer import Writer
from rediff_viz.world import encode

MASK = 1


@pytest.fixture(scope="module")
def writer() -> Writer:
    torch.manual_seed(3)
    return Writer(20, 6, length=8, width=24, heads=2, blocks=2).eval()


@torch.no_grad()
def test_the_text_is_predicted_as_without_shadows(writer: Writer) -> None:
    cache = writer.encode_picture(torch.rand(2, 49, 6))
    ids = torch.tensor([[3, 4, MASK, 5], [6, MASK, MASK, 7]])
    text, shadows = map(writer.head, writer.hidden_with_shadows(ids, cache, MASK))
    assert torch.allclose(text, writer(ids, cache), atol=1e-5)
    assert not torch.allclose(shadows, text, atol=1e-2)


@torch.no_grad()
def test_the_shadow_of_a_single_word_sees_the_picture_alone(writer: Writer) -> None:
    cache = writer.encode_picture(torch.rand(1, 49, 6))
    _text, shadows = writer.hidden_with_shadows(torch.tensor([[9]]), cache, MASK)
    assert torch.allclose(writer.head(shadows), writer(torch.tensor([[MASK]]), cache), atol=1e-5)


def test_the_column_is_given_where_it_is_wanted_and_there_alone() -> None:
    backend = open_checkpoint("world-plain")
    assert isinstance(backend, WorldBackend)
    session = backend.open(Request(length=40))
    words = np.array(encode("a cat is on a beach .".split(), 40))
    plain, asked = backend.predict([BatchItem(session, words), BatchItem(session, words, wants=("leave_one_out",))])
    assert "leave_one_out" not in plain.extra
    alone = asked.extra["leave_one_out"]
    assert alone.shape == (40,)
    assert ((alone >= 0) & (alone <= 1)).all()
    assert np.allclose(plain.prob, backend.predict([BatchItem(session, words)])[0].prob, atol=1e-4)

"""Models of PyTorch's as people write them, for the tests of from_torch."""

import torch
import torch.nn.functional as tf
from torch import nn


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.out = nn.Linear(4, 8), nn.Linear(8, 8), nn.Linear(8, 3)
        self.norm = nn.LayerNorm(8)

    def forward(self, x):
        h = tf.gelu(self.first(x))
        h = h + tf.relu(self.second(self.norm(h)))
        return tf.log_softmax(self.out(h), dim=1)


class SequenceModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 5, num_layers=2, batch_first=True)
        self.out = nn.Linear(5, 2)

    def forward(self, x):
        outputs, _ = self.lstm(x)
        return self.out(outputs[:, -1])


class Bidirectional(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 4, batch_first=True, bidirectional=True)
        self.out = nn.Linear(8, 2)

    def forward(self, x):
        outputs, h = self.gru(x)
        return self.out(outputs.mean(1)) + h[0, :, :2]


class Attentive(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.out = nn.Linear(8, 2)

    def forward(self, x):
        y, weights = self.attention(x, x, x)
        return self.out(y + x).sum(1) + weights.mean()


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        return self.out(self.encoder(x).mean(1))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1, self.norm = nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.down2, self.up = nn.Conv2d(4, 8, 3, padding=1), nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.last = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        a = tf.relu(self.norm(self.down1(x)), inplace=True)
        b = tf.silu(self.down2(tf.max_pool2d(a, 2)))
        up = self.up(b) + tf.interpolate(b[:, :4], scale_factor=2)
        return self.last(torch.cat([a, up], dim=1))


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.out = nn.Embedding(11, 6, padding_idx=0), nn.Linear(6, 4)

    def forward(self, words):
        seen = (words != 0).unsqueeze(-1)
        e = self.table(words)
        return self.out((e * seen).sum(1) / seen.sum(1))


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode, self.decode = nn.Linear(6, 4), nn.Linear(4, 6)
        self.back = nn.Linear(6, 4)
        self.back.weight = self.encode.weight
        self.register_buffer("shift", torch.arange(6.0) / 10)
        self.scale = nn.Parameter(torch.ones(1) * 1.5)

    def forward(self, x):
        h = torch.tanh(self.encode(x + self.shift))
        return self.back(self.decode(h) * self.scale) @ self.encode.weight


class Zoo(nn.Module):
    """Whatever else there is."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv1d(3, 6, 3, padding=1, groups=3), nn.GroupNorm(2, 6)
        self.up, self.slopes = nn.ConvTranspose2d(1, 2, 3, stride=2, padding=1, output_padding=1), nn.PReLU()
        self.instance = nn.InstanceNorm1d(6)

    def forward(self, x):
        c = self.conv(x)
        y = (
            tf.silu(self.norm(c))
            + tf.hardswish(self.instance(c))
            + tf.mish(self.slopes(c))
            + tf.softplus(c)
            + tf.elu(c)
        )
        z = self.up(y[:, None])
        pooled = tf.avg_pool2d(z, 3, stride=2, padding=1, ceil_mode=True, count_include_pad=False)
        wide = tf.adaptive_avg_pool2d(z, (3, 5)).flatten(1)
        bordered = tf.pad(z, (1, 2, 1, 0), mode="reflect").amax((-1, -2)) - tf.pad(z, (-1, 2), value=0.5).std((-1, -2))
        ends = torch.logsumexp(pooled, -1).sum(-1) + tf.selu(z).norm(dim=(-1, -2)) + bordered
        return torch.cat([ends, wide, torch.cumsum(z, -1).flip(-1)[:, 0, 0], x.topk(2, dim=-1).values.flatten(1)], 1)


class Image(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding="same"),
            nn.BatchNorm2d(4),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2, ceil_mode=True),
        )
        self.head = nn.Linear(4 * 16, 3)

    def forward(self, x):
        return self.head(torch.flatten(self.features(x), 1))


def mlp():
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 8), nn.GELU(), nn.Linear(8, 3))


def conv_net():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 2, groups=2), nn.SiLU(),
        nn.Flatten(), nn.Dropout(0.3), nn.Linear(24, 3),
    )  # fmt: skip


def mixed():
    """One of ours, one that is seen by torch.export, and one of ours again."""
    return nn.Sequential(nn.Linear(6, 6), Tied(), nn.Tanh(), nn.Softmax(dim=1))


# Name, what makes it, and the shape of a sample.
MODELS = {
    "MLP": (mlp, (4,)),
    "ConvNet": (conv_net, (1, 8, 8)),
    "image": (Image, (1, 7, 7)),
    "residual": (Residual, (4,)),
    "LSTM": (SequenceModel, (6, 3)),
    "bidirectional GRU": (Bidirectional, (5, 3)),
    "attention": (Attentive, (4, 8)),
    "transformer encoder": (Encoder, (4, 8)),
    "block": (lambda: nn.Sequential(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)), (4, 8)),
    "U-Net": (UNet, (1, 8, 8)),
    "embedding": (Words, (5,)),
    "tied": (Tied, (6,)),
    "mixed": (mixed, (6,)),
    "zoo": (Zoo, (3, 8)),
}

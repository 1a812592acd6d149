"""Training that knows the file's format: the forward pass sees the weights as the file holds them.

    layers = follow(model)        # a peft LoRA model; each layer's weight is rounded from now on
    for layer in layers: layer.round()    # after each change of the adapter

The gradients are those of the unrounded weights (the straight-through estimator, Bengio et al.
2013, Estimating or Propagating Gradients Through Stochastic Neurons). With them
dL/dA = s B' dL/dW, and B likewise: the formulas of a plain LoRA.
"""

from types import MethodType

from proofreader.errors import ProofreadError
from proofreader.four_bits import BLOCK, rounded


def _linear():
    import torch

    class RoundedLinear(torch.autograd.Function):
        """x R', R being W + s B A rounded; the gradients of A and B are those of the sum."""

        @staticmethod
        def forward(ctx, x, weight, a, b, scale):
            flat = x.reshape(-1, x.shape[-1])
            ctx.save_for_backward(flat, weight, a, b)
            ctx.shape, ctx.scale = x.shape, scale
            return torch.mm(flat, weight.t()).view(*x.shape[:-1], -1)

        @staticmethod
        def backward(ctx, grad):
            flat, weight, a, b = ctx.saved_tensors
            grad = grad.reshape(-1, grad.shape[-1])
            back = grad @ (b.to(grad.dtype) * ctx.scale)
            for_a = (back.t() @ flat).to(a.dtype)
            inner = flat @ a.to(flat.dtype).t()
            for_b = (grad.t() @ inner).to(b.dtype).mul_(ctx.scale)
            for_x = torch.mm(grad, weight).view(ctx.shape) if ctx.needs_input_grad[0] else None
            return for_x, None, for_a, for_b, None

    return RoundedLinear


class RoundedLayer:
    """A LoRA layer whose forward pass uses `weight`, rounded by `round()`."""

    def __init__(self, layer, function) -> None:
        self._layer, self._apply = layer, function.apply
        name = layer.active_adapters[0]
        self._a, self._b = layer.lora_A[name].weight, layer.lora_B[name].weight
        self._scale, self.weight = layer.scaling[name], None
        layer.forward = MethodType(self._forward, layer)

    def _forward(self, layer, x, *_, **__):
        return self._apply(x, self.weight.to(x.dtype), self._a, self._b, self._scale)

    def round(self) -> None:
        """Round W + s B A as it is now."""
        import torch

        frozen = self._layer.base_layer.weight
        with torch.no_grad():
            full = frozen.float() + self._scale * (self._b.float() @ self._a.float())
            near = torch.from_numpy(rounded(full.cpu().numpy()))
            self.weight = near.to(frozen.device, frozen.dtype)


def follow(model) -> list[RoundedLayer]:
    """The model's LoRA layers, which use rounded weights from now on and are not yet rounded. The
    embedding and the output layer stay as they are, as in the file."""
    from peft.tuners.lora import Linear

    function, found = _linear(), []
    for name, layer in model.named_modules():
        if isinstance(layer, Linear):
            if layer.base_layer.bias is not None or layer.base_layer.in_features % BLOCK:
                raise ProofreadError(
                    f"{name} can't be rounded: it has a bias, or its width is no multiple of "
                    f"{BLOCK}. Leave quantised out of the recipe."
                )
            found.append(RoundedLayer(layer, function))
    return found

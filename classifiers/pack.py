"""Pack a trained tone net for running without torch: fused ONNX graph, int8 weights, tokenizer.

    pack(Path("runs/tone/tone.onnx"), tokenizer, Path("classifiers/weights"))

Called by `python -m classifiers.train`; needs onnx and onnxruntime.
"""

import json
from pathlib import Path

HEADS = 12
WIDTH = 384


def pack(graph: Path, tokenizer, weights: Path) -> Path:
    """Write tone.onnx (int8) and tokenizer.json into `weights`; returns the graph's path."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    options = FusionOptions("bert")
    options.enable_embed_layer_norm = False  # its fused form keeps the embeddings in float32
    fused = graph.with_suffix(".fused.onnx")
    model = optimizer.optimize_model(
        str(graph),
        "bert",
        num_heads=HEADS,
        hidden_size=WIDTH,
        optimization_options=options,
        opt_level=1,
    )
    model.save_model_to_file(str(fused))
    weights.mkdir(parents=True, exist_ok=True)
    target = weights / "tone.onnx"
    quantize_dynamic(
        str(fused),
        str(target),
        per_channel=True,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Attention", "Gather", "Gemm"],
        extra_options={"DefaultTensorType": 1},  # fused nodes have no inferred type: float32
    )
    text = json.loads(tokenizer.to_str())
    text["truncation"] = None
    text["padding"] = None
    (weights / "tokenizer.json").write_text(json.dumps(text, separators=(",", ":")), "utf-8")
    return target

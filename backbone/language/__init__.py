"""Which language a short text is written in: a port, and a small detector in memory."""

from backbone.language.detector import Detector, WordDetector

__all__ = ["Detector", "WordDetector"]

"""Analyses texts with Presidio: what one call takes, and what it finds. See bench/peers/presidio."""
import json
import logging
import pathlib
import statistics
import sys
import time

import spacy
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import SpacyNlpEngine

SECONDS = 2.0
CALLS_MIN = 3


class Tokeniser(SpacyNlpEngine):
    """spaCy's tokeniser for English alone."""

    def __init__(self):
        super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
        self.nlp = {"en": spacy.blank("en")}
        self.nlp["en"].max_length = 10_000_000

    def load(self):
        pass

    def is_loaded(self):
        return True


def main():
    logging.disable(logging.CRITICAL)
    engine = AnalyzerEngine(nlp_engine=Tokeniser(), supported_languages=["en"])
    for line in pathlib.Path(sys.argv[1]).read_text().splitlines():
        text = json.loads(line)
        found = engine.analyze(text=text, language="en")  # warm
        times, end = [], time.perf_counter() + SECONDS
        while len(times) < CALLS_MIN or time.perf_counter() < end:
            begin = time.perf_counter()
            engine.analyze(text=text, language="en")
            times.append(time.perf_counter() - begin)
        print(f"{statistics.median(times) * 1e6:.1f} {len(found)}", flush=True)


if __name__ == "__main__":
    main()

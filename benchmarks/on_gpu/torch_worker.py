"""A process that does steps of adversarial training in torch when it is asked to.

``TorchWorker`` starts ``tools/torch_gpu_steps.py`` with an interpreter that has torch and talks to
it in lines of JSON. Whatever happens there becomes one line of an error here, within a time limit.
"""

from __future__ import annotations

import json
import math
import os
import queue
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any

__all__ = ["TorchVariantError", "TorchWorker", "TorchWorkerError", "check_seconds"]

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "torch_gpu_steps.py"


class TorchWorkerError(ValueError):
    """The worker cannot be started, has ended, or does not answer."""


class TorchVariantError(TorchWorkerError):
    """The worker is well and says that it cannot do this variant."""


class TorchWorker:
    """A process that does steps of adversarial training in torch and says how long they took.

    Args:
        python: an interpreter that has torch.
        device: ``"cuda"`` or ``"cpu"``.
        batch, width, steps: of a minibatch, of PreActResNet-18, of the attack.
        options: more options of the script, such as ``("--pool", "64")``.
        script: what the interpreter runs.
        time_limit: seconds of silence after which the process is ended. The first request of a
            variant compiles it, which takes minutes.

    After ``start``, ``about`` holds what the worker says of itself: versions, device, whether
    float32 is TF32. As a context manager it starts and closes itself.

    Raises:
        TorchWorkerError: with the last line that the worker wrote to its standard error.
    """

    def __init__(
        self,
        python: str,
        *,
        device: str = "cuda",
        batch: int = 128,
        width: int = 64,
        steps: int = 10,
        options: Sequence[str] = (),
        script: Path = SCRIPT,
        time_limit: float = 300.0,
    ) -> None:
        if not time_limit > 0:
            raise ValueError(f"time_limit is a positive number of seconds; got {time_limit}.")
        sizes = {"batch": batch, "width": width, "steps": steps}
        for name, size in sizes.items():
            if size < 1:
                raise ValueError(f"{name} is a positive integer; got {size}.")
        given = [part for name, size in sizes.items() for part in (f"--{name}", str(size))]
        self.command = [python, str(script), "--device", device, *given, *options]
        self.time_limit = time_limit
        self.about: dict[str, Any] = {}
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._said: deque[str] = deque(maxlen=1)
        self._listeners: list[threading.Thread] = []
        # How long a worker that has been told that nothing follows may take to end.
        self._patience = 5.0

    @property
    def running(self) -> bool:
        """Whether the process is there to be asked."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> dict[str, Any]:
        """Start the process, if it is not running, and return what it says of itself."""
        if self.running:
            return self.about
        self.close()
        self._answers, self._said = queue.Queue(), deque(maxlen=1)
        try:
            self._process = process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                # Its compilers are processes too: the group is ended as one.
                start_new_session=True,
            )
        except OSError as error:
            raise TorchWorkerError(
                f"{self.command[0]} cannot be started: {error.strerror}."
            ) from error
        assert process.stdout is not None
        assert process.stderr is not None
        answers, said = self._answers, self._said

        def hear_answers(stream: IO[str]) -> None:
            for line in stream:
                answers.put(line)
            answers.put(None)

        def hear_errors(stream: IO[str]) -> None:
            said.extend(line.strip() for line in stream if line.strip())

        pairs = ((hear_answers, process.stdout), (hear_errors, process.stderr))
        self._listeners = [threading.Thread(target=f, args=(s,), daemon=True) for f, s in pairs]
        for listener in self._listeners:
            listener.start()
        self.about = self._hear()
        return self.about

    def ask(self, variant: str, minibatches: int, attack_bn: str = "eval") -> dict[str, Any]:
        """Have minibatches done, and return the worker's answer.

        ``attack_bn`` is ``"eval"`` or ``"batch"``, the statistics of the batch attacked, which the
        attack does not move; "reference style" always moves them. The answer has ``seconds``, one
        number a minibatch, ``loss``, ``first_call_seconds`` (compilation included) and settings.

        Raises:
            TorchVariantError: the worker cannot do this variant and waits for the next.
            TorchWorkerError: it has ended, was silent for too long (it is ended then), or answers
                what cannot be understood.
        """
        if self._process is None or self._process.stdin is None:
            raise TorchWorkerError("The torch worker is not running: call start().")
        request = {"variant": variant, "minibatches": minibatches, "attack_bn": attack_bn}
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise self._ended("ended") from error
        answer = self._hear()
        if "error" in answer:
            raise TorchVariantError(str(answer["error"]))
        try:
            check_seconds("it", answer.get("seconds"), minibatches)
        except ValueError as error:
            raise TorchVariantError(f"The torch worker's answer makes no sense: {error}") from None
        return answer

    def close(self) -> None:
        """End the process and those that it started; nothing happens without one."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        with suppress(OSError):
            process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=self._patience)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for listener in self._listeners:
            listener.join()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()

    def __enter__(self) -> TorchWorker:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _hear(self) -> dict[str, Any]:
        """The next line of the worker, or an error within the time limit."""
        try:
            line = self._answers.get(timeout=self.time_limit)
        except queue.Empty:
            raise self._ended(f"was silent for {self.time_limit:g} s", wait=0.0) from None
        if line is None:
            raise self._ended("ended")
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise self._ended(f"answers in JSON objects, and said {line.strip()[:200]!r}", wait=0.0)
        return answer

    def _ended(self, what: str, wait: float = 5.0) -> TorchWorkerError:
        """Close, and say what happened with the last line of the standard error."""
        process, self._patience = self._process, wait
        self.close()
        self._patience = 5.0
        code = "" if process is None or wait == 0 else f" with exit status {process.returncode}"
        last = f" Its last line: {self._said[0][:300]}" if self._said else ""
        return TorchWorkerError(f"The torch worker {what}{code}.{last}")


def check_seconds(who: str, seconds: Any, minibatches: int) -> None:
    """Refuse what is not one positive, finite number of seconds a minibatch.

    >>> check_seconds("we", [0.1, 0.2], 2)
    >>> check_seconds("we", [0.1, 0.0], 2)
    Traceback (most recent call last):
    ValueError: we said [0.1, 0.0] for the seconds of 2 minibatches: not 2 positive numbers.
    """
    numbers = isinstance(seconds, list) and all(isinstance(s, int | float) for s in seconds)
    if numbers and len(seconds) == minibatches and all(0 < s < math.inf for s in seconds):
        return
    raise ValueError(
        f"{who} said {str(seconds)[:200]} for the seconds of {minibatches} minibatches: "
        f"not {minibatches} positive numbers."
    )

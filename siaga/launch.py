"""Run as a script: make ready what this process is to become, then become it.

    python -I -S launch.py PARENT UID GID SIGNAL PROGRAM [ARGUMENT ...]

The program gets SIGNAL when the thread that started it is gone, so that a killed `siaga` leaves no server behind
(Linux; elsewhere the next start clears leftovers). PostgreSQL refuses to run as root: root therefore hands it over to
UID, and lets it keep the one right to reach folders that belong to root, such as a home below /root. A launcher is
used since code between fork and exec is unsafe in a process with threads.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522


def launched(
    death_signal: signal.Signals, command: Sequence[str], *, uid: int | None = None, gid: int | None = None
) -> list[str]:
    """The command line that launches a command so. Without an account it stays the caller's."""
    account = [str(os.geteuid() if uid is None else uid), str(os.getegid() if gid is None else gid)]
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *account, str(int(death_signal)), *command]


def hand_over(libc: ctypes.CDLL, uid: int, gid: int) -> None:
    """Become another account; keep the right to reach folders where the kernel allows it."""
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    wanted = 1 << CAP_DAC_OVERRIDE
    effective_permitted_inheritable = (ctypes.c_uint32 * 6)(wanted, wanted, wanted, 0, 0, 0)
    if libc.capset(header, effective_permitted_inheritable) == 0:
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def main(parent: int, uid: int, gid: int, signal_number: int, command: list[str]) -> None:
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if uid != os.geteuid():
            hand_over(libc, uid, gid)
        libc.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
        if os.getppid() != parent:  # the parent died before it could be watched
            sys.exit(1)
    try:
        os.execv(command[0], command)  # noqa: S606 (the command is ours, no shell)
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])

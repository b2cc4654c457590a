@preconcurrency import Glibc

/// Hands on what was printed. A disk that is full must not look like success.
func finishStandardOutput() throws(Failure) {
  guard fflush(stdout) == 0, ferror(stdout) == 0 else {
    throw Failure(.input, "apus: error: standard output could not be written to the end")
  }
}

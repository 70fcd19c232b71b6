import Glibc
import Synchronization

/// The terminal or the pipes of one run: results go to standard output, everything said about them to standard error.
package final class Console: Sendable {
  /// Where one stream goes.
  package enum Sink: Sendable {
    case descriptor(Int32)
    /// Kept in memory, for tests.
    case capture(Capture)
  }

  package final class Capture: Sendable {
    private let content = Mutex("")
    package init() {}
    package var text: String { content.withLock { $0 } }
    fileprivate func append(_ text: String) { content.withLock { $0 += text } }
  }

  package enum Verbosity: Int, Sendable, Comparable {
    /// Only results, warnings and errors.
    case quiet
    case normal
    case verbose
    package static func < (left: Verbosity, right: Verbosity) -> Bool { left.rawValue < right.rawValue }
  }

  package let verbosity: Verbosity
  /// How to set off text on standard output and on standard error.
  package let outputStyle: TextStyle
  package let errorStyle: TextStyle
  /// Columns of the terminal behind standard output; nil where it is not one, so that nothing is cut for a script.
  package let outputWidth: Int?
  /// Whether lines on standard error can be redrawn.
  package let errorIsTerminal: Bool
  /// Whether somebody is there to answer.
  package let inputIsTerminal: Bool

  private let standardOutput: Sink
  private let standardError: Sink
  private let failedWrite = Mutex<Int32?>(nil)

  /// The console of this process.
  /// - Parameter environment: `NO_COLOR` (no-color.org) and `TERM=dumb` turn colour and redrawing off.
  package convenience init(environment: [String: String], verbosity: Verbosity = .normal, color: Bool = true) {
    let capable = environment["TERM"].map { $0 != "dumb" } ?? false
    let colored = color && capable && (environment["NO_COLOR"] ?? "").isEmpty
    self.init(
      standardOutput: .descriptor(STDOUT_FILENO), standardError: .descriptor(STDERR_FILENO), verbosity: verbosity,
      outputStyle: colored && isatty(STDOUT_FILENO) == 1 ? .colored : .plain,
      errorStyle: colored && isatty(STDERR_FILENO) == 1 ? .colored : .plain,
      outputWidth: Self.terminalWidth(STDOUT_FILENO), errorIsTerminal: capable && isatty(STDERR_FILENO) == 1,
      inputIsTerminal: isatty(STDIN_FILENO) == 1)
  }

  package init(
    standardOutput: Sink, standardError: Sink, verbosity: Verbosity = .normal, outputStyle: TextStyle = .plain,
    errorStyle: TextStyle = .plain, outputWidth: Int? = nil, errorIsTerminal: Bool = false,
    inputIsTerminal: Bool = false
  ) {
    self.standardOutput = standardOutput
    self.standardError = standardError
    self.verbosity = verbosity
    self.outputStyle = outputStyle
    self.errorStyle = errorStyle
    self.outputWidth = outputWidth
    self.errorIsTerminal = errorIsTerminal
    self.inputIsTerminal = inputIsTerminal
  }

  /// A line of the result. An empty result prints nothing, not an empty line.
  package func output(_ text: String) {
    guard !text.isEmpty, let failure = write(text + "\n", to: standardOutput), failure != EPIPE else { return }
    failedWrite.withLock { $0 = $0 ?? failure }
  }

  /// A line about the work, for people: left out under `--quiet`.
  package func note(_ text: String) {
    if verbosity >= .normal { say(text + "\n") }
  }

  /// A line that only `--verbose` shows.
  package func detail(_ text: String) {
    if verbosity >= .verbose { say(errorStyle.dim(text) + "\n") }
  }

  package func warn(_ text: String) {
    say("\(errorStyle.warning("warning:")) \(text)\n")
  }

  package func show(_ problem: Problem) {
    say(problem.rendered(with: errorStyle) + "\n")
  }

  package func show(_ diagnostic: Diagnostic) {
    say(diagnostic.rendered(with: errorStyle) + "\n")
  }

  /// Text without a line end on standard error, such as a prompt or a line that is redrawn.
  package func raw(_ text: String) { say(text) }

  /// Asks before something is lost. `--yes` answers for scripts.
  /// - Throws: `Problem` `not-confirmed` where nobody is there to answer, or the answer is not yes.
  package func confirm(_ question: String, assumingYes: Bool) throws(Problem) {
    if assumingYes { return }
    guard inputIsTerminal else {
      throw Problem(
        "not-confirmed", .usage, "this needs a confirmation, and there is no terminal to ask on",
        hint: "add --yes to confirm it")
    }
    raw("\(question) [y/N] ")
    guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
      throw Problem("not-confirmed", .failed, "not confirmed; nothing was changed")
    }
  }

  /// The first failure to write to standard output, such as a full disk behind a redirection; a closed pipe
  /// (`olares-cli … | head`) is none.
  package var outputFailure: Problem? {
    failedWrite.withLock { code in
      code.map { Problem("io-error", .ioError, "cannot write the output: \(String(cString: strerror($0)))") }
    }
  }

  /// Nobody asks for a password on standard error, so none is ever written there.
  private func say(_ text: String) { write(Secret.masking(text), to: standardError) }

  /// - Returns: the `errno` of a failure.
  @discardableResult
  private func write(_ text: String, to sink: Sink) -> Int32? {
    switch sink {
    case .capture(let capture):
      capture.append(text)
      return nil
    case .descriptor(let descriptor):
      var text = text
      return text.withUTF8 { bytes in
        var rest = UnsafeRawBufferPointer(bytes)
        while !rest.isEmpty {
          let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
          if written > 0 {
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
          } else if errno != EINTR {
            return errno
          }
        }
        return nil
      }
    }
  }

  private static func terminalWidth(_ descriptor: Int32) -> Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}

import Ops
import Testing

struct SlidingWindowTests {
  static let windows = [1, 2, 3, 5].flatMap { kernel in
    [1, 2, 3].flatMap { stride in
      [1, 2].flatMap { dilation in
        [(0, 0), (1, 1), (0, 2), (3, 1)].map { before, after in
          SlidingWindow(
            kernel: kernel, stride: stride, dilation: dilation, paddingBefore: before, paddingAfter: after)
        }
      }
    }
  }

  /// Against counting: a window is there where all of it fits into the padded input.
  @Test(arguments: windows, [1, 2, 7, 12])
  func counts(window: SlidingWindow, input: Int) {
    let end = input + window.paddingBefore + window.paddingAfter
    let fitting = (0...end).filter { $0 * window.stride + window.span <= end }.count
    #expect((window.count(input: input) ?? 0) == fitting)
  }

  @Test(arguments: windows, [1, 2, 7, 12])
  func windowsOnTheInput(window: SlidingWindow, input: Int) {
    let count = window.count(input: input) ?? 0
    for tap in 0..<window.kernel {
      let expected = (0..<count).filter { (0..<input).contains(window.position(window: $0, tap: tap)) }
      #expect(Array(window.windows(withTap: tap, onInput: input, count: count)) == expected)
    }
  }

  @Test func ceilAddsAWindowThatHangsOver() {
    let window = SlidingWindow(kernel: 3, stride: 2, paddingBefore: 0, paddingAfter: 0)
    #expect(window.count(input: 6) == 2 && window.count(input: 6, ceil: true) == 3)
    #expect(window.covered(window: 2, input: 6) == 4..<6)
    #expect(window.paddedCount(window: 2, input: 6) == 2)
  }

  @Test func ceilAddsNoWindowThatBeginsBehindTheInput() {
    let window = SlidingWindow(kernel: 2, stride: 2, paddingBefore: 1, paddingAfter: 1)
    #expect(window.count(input: 3, ceil: true) == 2)
  }
}

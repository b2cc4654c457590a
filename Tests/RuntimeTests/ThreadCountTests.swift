import CRuntime
import Foundation
import Testing

@Suite struct ThreadCountTests {
  /// A cgroup hierarchy: files under its root, what the process is a member of, and the processors that it grants.
  struct Hierarchy: CustomTestStringConvertible {
    var testDescription: String
    var membership: String
    var files: [String: String]
    var expected: Int32
  }

  @Test(arguments: [
    Hierarchy(testDescription: "no limit", membership: "0::/\n", files: ["cpu.max": "max 100000\n"], expected: 0),
    Hierarchy(testDescription: "no files", membership: "0::/a\n", files: [:], expected: 0),
    Hierarchy(testDescription: "whole", membership: "0::/\n", files: ["cpu.max": "400000 100000\n"], expected: 4),
    Hierarchy(
      testDescription: "rounded up", membership: "0::/\n", files: ["cpu.max": "150000 100000\n"], expected: 2),
    Hierarchy(testDescription: "less than one", membership: "0::/\n", files: ["cpu.max": "1000 100000"], expected: 1),
    Hierarchy(
      testDescription: "the parent's is smaller", membership: "0::/a/b\n",
      files: ["a/b/cpu.max": "800000 100000", "a/cpu.max": "300000 100000", "cpu.max": "max 100000"], expected: 3),
    Hierarchy(
      testDescription: "a path that the container does not see", membership: "0::/docker/1234\n",
      files: ["cpu.max": "200000 100000"], expected: 2),
    Hierarchy(
      testDescription: "version 1", membership: "3:memory:/m\n2:cpu,cpuacct:/a\n",
      files: ["cpu/a/cpu.cfs_quota_us": "250000\n", "cpu/a/cpu.cfs_period_us": "100000\n"], expected: 3),
    Hierarchy(
      testDescription: "version 1 without a limit", membership: "2:cpu,cpuacct:/\n",
      files: ["cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"], expected: 0),
    Hierarchy(
      testDescription: "cpuset is not cpu", membership: "2:cpuset:/\n",
      files: ["cpu/cpu.cfs_quota_us": "100000\n", "cpu/cpu.cfs_period_us": "100000\n"], expected: 0),
    Hierarchy(testDescription: "nonsense", membership: "::::\nx\n\n0", files: ["cpu.max": "a b"], expected: 0),
    Hierarchy(testDescription: "no period", membership: "0::/\n", files: ["cpu.max": "100000 0"], expected: 0),
  ])
  func quotasLimitProcessors(_ hierarchy: Hierarchy) throws {
    let directory = try TemporaryDirectory()
    let membership = try directory.write(hierarchy.membership, to: "membership")
    for (path, text) in hierarchy.files {
      let url = directory.url.appending(path: "root/" + path)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }
    #expect(apus_cgroup_processor_count(membership, directory.path("root")) == hierarchy.expected)
  }

  @Test func atLeastOneThreadIsAvailable() {
    let count = apus_available_thread_count()
    #expect(count >= 1 && count <= sysconf(Int32(_SC_NPROCESSORS_CONF)))
  }
}

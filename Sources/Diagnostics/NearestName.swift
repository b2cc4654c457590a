/// The candidate that `name` most likely meant: the one at the least edit distance, if that is at most a third of
/// its length; of several, the first in order.
package func nearestName(to name: String, among candidates: some Sequence<String>) -> String? {
  // Longer names and longer lists would cost more than a suggestion is worth.
  let nameLengthLimit = 64
  let candidateLimit = 2_000

  let letters = Array(name.lowercased().utf8)
  guard !letters.isEmpty, letters.count <= nameLengthLimit else { return nil }
  let allowed = max(1, letters.count / 3)
  var best: (distance: Int, name: String)?
  for candidate in candidates.prefix(candidateLimit) where candidate != name {
    let other = Array(candidate.lowercased().utf8)
    guard abs(other.count - letters.count) <= allowed else { continue }
    let distance = editDistance(letters, other)
    guard distance <= allowed, distance < max(letters.count, other.count) else { continue }
    if best.map({ distance < $0.distance || (distance == $0.distance && candidate < $0.name) }) ?? true {
      best = (distance, candidate)
    }
  }
  return best?.name
}

/// The least number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
package func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var beforePrevious: [Int] = []
  var previous = Array(0...b.count)
  for row in 0..<a.count {
    var current = [row + 1]
    for column in 0..<b.count {
      var distance = min(previous[column + 1], current[column]) + 1
      distance = min(distance, previous[column] + (a[row] == b[column] ? 0 : 1))
      if row > 0, column > 0, a[row] == b[column - 1], a[row - 1] == b[column] {
        distance = min(distance, beforePrevious[column - 1] + 1)
      }
      current.append(distance)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.count]
}

import Testing
import Training

struct StateTensorTests {
  @Test func scalarsHaveOneElement() {
    #expect(StateTensor(name: "scale", shape: [], role: .weight).elementCount == 1)
    #expect(StateTensor(name: "conv1.weight", shape: [16, 3, 3, 3], role: .weight).elementCount == 432)
  }
}

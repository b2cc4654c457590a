/// What a preprocessing can say.
enum PreprocessingKey: String, CaseIterable {
  /// The shorter side in pixels, or [rows, columns].
  case resize
  /// Rows and columns kept around the centre: one number or two.
  case crop
  /// What pixels, 0 to 255, are multiplied by.
  case scale
  /// Subtracted after scaling, one a channel.
  case mean
  /// Divided by in the end, one a channel.
  case std
  /// `rgb`, `bgr` or `gray`.
  case channels
}

import Apps
import Core

extension Rendering {
  init(plan: AppPlan) {
    self.init(plan.items) { width, style in
      let rows = plan.items.map { [$0.part.rawValue, $0.name, $0.detail, $0.state.rawValue] }
      let table = Table(["PART", "NAME", "WHAT", "STATE"], rows: rows).rendered(width: width, style: style)
      let warnings = plan.items.flatMap(\.warnings).map { "\(style.warning("warning:")) \($0)" }
      return ([table] + warnings).filter { !$0.isEmpty }.joined(separator: "\n")
    }
  }
}

extension AppPlan {
  /// `miniflux 1.0.22 for alice`
  var heading: String {
    "\(request.instance.app)\(request.version.map { " \($0)" } ?? "") for \(request.instance.owner)"
  }
}

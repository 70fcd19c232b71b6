import Apps
import Core

extension Rendering {
  init(plan: AppPlan) {
    self.init(plan.items) { width, style in
      let warnings = (plan.items.flatMap(\.warnings) + plan.remarks).map { "\(style.warning("warning:")) \($0)" }
      return ([plan.table.rendered(width: width, style: style)] + warnings).filter { !$0.isEmpty }
        .joined(separator: "\n")
    }
  }
}

extension AppPlan {
  var table: Table {
    Table(
      ["PART", "NAME", "WHAT", "STATE"], rows: items.map { [$0.part.rawValue, $0.name, $0.detail, $0.state.rawValue] })
  }

  /// `miniflux 1.0.22 for alice`
  var heading: String {
    "\(request.instance.app)\(request.version.map { " \($0)" } ?? "") for \(request.instance.owner)"
  }
}

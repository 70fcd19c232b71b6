import Core
import Storage
import Testing

@Suite struct VolumeNameTests {
  @Test func readsTheOwnerFromTheRight() throws {
    #expect(VolumeName("pvc-userspace-al-0123456789abcdef")?.owner == (try Owner("al")))
    #expect(VolumeName("pvc-userspace-al-ice-0123456789abcdef")?.owner == (try Owner("al-ice")))
    let nested = VolumeName("pvc-appcache-al-0123456789abcdef-fedcba9876543210")
    #expect(nested?.owner == (try Owner("al-0123456789abcdef")))
    #expect(nested?.kind == .appcache)
  }

  @Test(arguments: [
    "pvc-userspace-al-0123456789abcde", "pvc-userspace-al-0123456789abcdef0", "pvc-userspace-al-0123456789ABCDEF",
    "pvc-userspace-al-0123456789abcdef.old", "pvc-userspace--0123456789abcdef", "pvc-userspace-0123456789abcdef",
    "pvc-dbdata-al-0123456789abcdef", "pvc-userspace-al-0123456789abcd\u{e9}f", ".olares-grants",
  ])
  func refusesOtherNames(_ text: String) {
    #expect(VolumeName(text) == nil)
  }

  @Test func newNamesReadBack() throws {
    let name = VolumeName(.userspace, of: try Owner("al-ice"))
    #expect(VolumeName(name.description) == name)
    #expect(name != VolumeName(.userspace, of: name.owner))
  }
}

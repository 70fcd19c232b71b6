import Storage
import SystemPackage
import Testing

@Suite struct MountTableTests {
  @Test func readsOptionalFieldsAndEscapes() {
    let content = """
      36 35 98:0 /mnt1 /mnt2 rw,noatime shared:2 master:1 - ext3 /dev/root rw,errors=continue
      40 36 0:50 / /a\\040b\\134c rw - fuse.juicefs JuiceFS:my\\040data rw
      torn line
      41 36 0:51 / /a rw shared:1 - tmpfs
      """
    let table = MountTable(parsing: Array(content.utf8))
    #expect(table.entries.map(\.point) == ["/mnt2", FilePath("/a b\\c")])
    #expect(table.entries.map(\.fileSystemType) == ["ext3", "fuse.juicefs"])
    #expect(table.entries.map(\.identifier) == [36, 40])
    #expect(table.entries.last?.source == "JuiceFS:my data")
  }

  @Test func findsMountsBelowWholePartsOnly() {
    let content = """
      1 0 0:1 / /v/app rw - ext4 x rw
      2 0 0:1 / /v/app/Documents rw - ext4 x rw
      3 0 0:1 / /v/app2 rw - ext4 x rw
      """
    #expect(MountTable(parsing: Array(content.utf8)).entries(at: "/v/app").map(\.identifier) == [1, 2])
  }
}

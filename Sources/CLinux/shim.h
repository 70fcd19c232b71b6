#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// glibc 2.36 declares these only under _GNU_SOURCE, which Swift's importer does not set.
#define CLINUX_AT_EMPTY_PATH 0x1000
#define CLINUX_RENAME_NOREPLACE 1

// Opens the directory `name` below `parent` and nothing else: no "..", no symbolic link, no magic link of /proc, and
// no mount point unless `crossing_mounts`. openat2(2) does it in one step, so that nobody can swap a part in between.
static inline int clinux_open_directory_beneath(int parent, const char *name, int crossing_mounts) {
  struct open_how how;
  memset(&how, 0, sizeof how);
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  if (!crossing_mounts) how.resolve |= RESOLVE_NO_XDEV;
  return (int)syscall(SYS_openat2, parent, name, &how, sizeof how);
}

// Renames within or between open directories; fails with EEXIST where the new name is taken.
static inline int clinux_rename_exclusively(int old_parent, const char *old_name, int new_parent, const char *new_name) {
  return (int)syscall(SYS_renameat2, old_parent, old_name, new_parent, new_name, CLINUX_RENAME_NOREPLACE);
}

// A detached bind mount of exactly the open directory, without what is mounted inside it; set-user-ID bits and device
// files in it are dead, and later mounts inside the original do not appear in it.
static inline int clinux_clone_mount(int directory) {
  int tree = (int)syscall(SYS_open_tree, directory, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | CLINUX_AT_EMPTY_PATH);
  if (tree < 0) return -1;
  struct mount_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  attributes.propagation = MS_PRIVATE;
  if (syscall(SYS_mount_setattr, tree, "", CLINUX_AT_EMPTY_PATH, &attributes, sizeof attributes) != 0) {
    int reason = errno;
    close(tree);
    errno = reason;
    return -1;
  }
  return tree;
}

// Attaches a detached mount to exactly the open directory.
static inline int clinux_attach_mount(int tree, int directory) {
  return (int)syscall(SYS_move_mount, tree, "", directory, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

// Takes the topmost mount off `path`, which must not be a symbolic link; `detach`: even while it is in use.
static inline int clinux_unmount(const char *path, int detach) {
  return umount2(path, UMOUNT_NOFOLLOW | (detach ? MNT_DETACH : 0));
}

// Fills `buffer` with records of the directory's next entries (getdents64(2)); the bytes used, 0 at the end.
static inline int64_t clinux_read_entries(int directory, void *buffer, size_t size) {
  return syscall(SYS_getdents64, directory, buffer, size);
}

// The number that /proc/self/mountinfo gives the mount an open file is on.
static inline int clinux_mount_id(int file, uint64_t *identifier) {
  struct statx status;
  if (syscall(SYS_statx, file, "", CLINUX_AT_EMPTY_PATH, STATX_MNT_ID, &status) != 0) return -1;
  *identifier = status.stx_mnt_id;
  return 0;
}

// The next connection of a listener, non-blocking and not inherited by children; accept4(2) is declared only under
// _GNU_SOURCE.
static inline int clinux_accept(int listener, struct sockaddr_storage *address) {
  socklen_t length = sizeof *address;
  return (int)syscall(SYS_accept4, listener, (struct sockaddr *)address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

#endif

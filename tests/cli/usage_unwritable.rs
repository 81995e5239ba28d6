//! A usage file that can't be written, or that another process has locked.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Stdio};

use rustix::fs::FlockOperation::{NonBlockingLockExclusive, Unlock};

use super::sandbox::{Sandbox, has, is_root};
use super::siege::Shown::{Date, Never};
use super::siege::Siege;
use super::waiting::in_time;

#[test]
fn a_read_only_file_is_read() {
    if is_root() && !has("setpriv", Path::new("/usr/bin/setpriv").exists()) {
        return;
    }
    let as_other = "setpriv --reuid=65534 --regid=65534 --clear-groups";
    for (mode, shown) in [("400", Date), ("000", Never), ("200", Never)] {
        let mut siege = Siege::new();
        siege.run(&["verify"], &siege.secret).succeeds();
        if is_root() {
            // No mode restricts root.
            siege.arrange("cp $APIKEY $HOME/apikey; chown -R 65534:65534 $HOME");
            siege.before = "APIKEY=$HOME/apikey";
            siege.wrapper = as_other;
        }
        siege.arrange(&format!("chmod {mode} $U"));
        siege.check(mode, shown, "Permission denied (os error 13)");
    }
}

#[test]
fn an_immutable_or_append_only_file_is_read() {
    let is_possible = Sandbox::empty()
        .shell(": > f; chattr +i f && chattr -i f")
        .code
        == 0;
    if !has("root and chattr", is_root() && is_possible) {
        return;
    }
    for (name, attribute) in [("immutable", "+i"), ("append-only", "+a")] {
        let mut siege = Siege::new();
        siege.undo = "chattr -ia $U";
        siege.run(&["verify"], &siege.secret).succeeds();
        siege.arrange(&format!("chattr {attribute} $U"));
        siege.check(name, Date, "Operation not permitted (os error 1)");
    }
}

#[test]
fn a_full_or_read_only_disk_changes_no_verdict() {
    let is_possible = Sandbox::empty()
        .shell("unshare -m mount -t tmpfs none .")
        .code
        == 0;
    if !has("root, to mount", is_root() && is_possible) {
        return;
    }
    // A mount namespace of its own for each command.
    for (name, mount, error) in [
        (
            "a full disk",
            "mkdir -p $D/m; mount -t tmpfs -o size=64k none $D/m; : > $D/m/u
             cat /dev/zero > $D/m/z 2> /dev/null; mount --bind $D/m/u $U",
            "No space left on device (os error 28)",
        ),
        (
            "a read-only disk",
            "mount --bind $U $U; mount -o remount,ro,bind $U",
            "Read-only file system (os error 30)",
        ),
    ] {
        let mut siege = Siege::new();
        siege.arrange(&format!(
            "mkdir $D/m; cat > $HOME/mount <<'END'\n{mount}\nexec \"$@\"\nEND"
        ));
        siege.wrapper = "unshare -m /bin/sh $HOME/mount";
        siege.check(name, Never, error);
    }
}

#[test]
fn a_limit_on_the_size_of_files_changes_no_verdict() {
    let mut siege = Siege::new();
    // This test is about the error, not about the signal.
    siege.before = "trap '' XFSZ; ulimit -f 0";
    assert_eq!(siege.shown("limited"), Never);
    let ran = siege.run(&["verify"], &siege.secret).succeeds();
    assert_eq!(ran.stdout, "accepted a\n");
    assert!(
        ran.stderr.ends_with("File too large (os error 27)\n"),
        "{ran:?}"
    );
    assert_eq!(ran.stderr.lines().count(), 1);
}

#[test]
fn no_command_waits_for_a_lock_on_the_file() {
    let siege = Siege::new();
    // This mode requested mandatory locks on systems that had them.
    siege.arrange("chmod 2660 $U");
    let file = std::fs::File::options()
        .write(true)
        .open(siege.sandbox.usage())
        .unwrap();
    rustix::fs::flock(&file, NonBlockingLockExclusive).unwrap();
    rustix::fs::fcntl_lock(&file, NonBlockingLockExclusive).unwrap();
    siege.check("locked", Never, "");
    rustix::fs::flock(&file, Unlock).unwrap();
}

#[test]
fn no_command_waits_for_a_lease_on_the_file() {
    let siege = Siege::new();
    let holder = "import fcntl, signal, sys
signal.signal(signal.SIGIO, signal.SIG_IGN)
file = open(sys.argv[1], 'r+b')
fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print('held', flush=True)
sys.stdin.read()";
    let mut command = siege.sandbox.program("python3");
    command
        .args(["-c", holder])
        .arg(siege.sandbox.usage())
        .stdin(Stdio::piped());
    let Ok(holder) = command.spawn() else {
        has("python3", false);
        return;
    };
    let mut holder = Held(holder);
    let pid = holder.0.id();
    let mut line = [0; 5];
    let stdout = holder.0.stdout.as_mut().unwrap();
    in_time(pid, "a first line", || stdout.read_exact(&mut line)).unwrap();
    assert_eq!(&line, b"held\n");
    // A process that waits would continue after 45 seconds, when the lease is broken, and
    // record the use.
    assert_eq!(siege.shown("leased"), Never);
    let ran = siege.run(&["verify"], &siege.secret).succeeds();
    assert_eq!(ran.stdout, "accepted a\n");
    siege.run(&["set-description", "a", "x"], "").succeeds();
    siege.run(&["delete", "b", "-y"], "").succeeds();
    let unavailable = "Resource temporarily unavailable (os error 11)\n";
    assert!(ran.stderr.ends_with(unavailable), "{ran:?}");
    assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
}

/// A process that is killed when dropped.
struct Held(Child);

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

//! How much memory a process has, without its program.

use std::io::Read;

use super::sandbox::Sandbox;
use super::waiting::in_time;

/// A bound on the memory of a listing or a cheap batch: the 32 MiB of `docs/performance.md`, less
/// the 7 MiB of the program and 5 MiB in reserve.
pub const LIMIT: u64 = 20 << 10;

/// Returns the line `name` of /proc/PID/status, in KiB.
pub fn status_line(pid: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let mut words = status.split_whitespace();
    words.find(|word| word.strip_suffix(':') == Some(name));
    words.next().unwrap().parse().unwrap()
}

/// Returns the memory of a process now, in KiB.
pub fn current(pid: u32) -> u64 {
    status_line(pid, "RssAnon")
}

/// Returns the most memory that a process has had, in KiB. The pages of its program don't count:
/// unoptimized, it is many times as large as the one that users have.
pub fn peak(pid: u32) -> u64 {
    status_line(pid, "VmHWM") - status_line(pid, "RssFile")
}

impl Sandbox {
    /// Returns the peak memory of a listing in KiB, measured shortly before its end.
    pub fn peak(&self, args: &[&str]) -> u64 {
        let total = self.run(args).succeeds().stdout.len();
        let mut child = self.apikey(args).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        // The rest of the output fills the pipe and the buffer, so the process waits.
        let mut most = vec![0; total.saturating_sub(200_000)];
        in_time(child.id(), "the listing", || out.read_exact(&mut most)).unwrap();
        let peak = peak(child.id());
        in_time(child.id(), "the listing's end", || {
            out.read_to_end(&mut most).unwrap();
            assert!(child.wait().unwrap().success());
        });
        peak
    }
}

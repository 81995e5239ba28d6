//! What others can get at of this process while it works: nothing. A secret is in
//! its memory for a while, and belongs neither into the hands of another program of
//! the same user nor into a file that is left when it crashes.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Keeps other programs of the same user from tracing the process and reading its
/// memory, and the kernel from writing that to a file.
///
/// To be called first of all. A process begins anew with every program that it
/// runs, so whoever holds the clipboard calls it, too. What a kernel refuses is no
/// reason to refuse to work.
pub(crate) fn harden() {
    // Alone it does for cores, too, and for those that are sent to a program, which
    // no limit holds back (core(5)).
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
}

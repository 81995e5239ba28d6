//! `apikey scan`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Find leaked secrets in files, directories or stdin
///
/// Prints a line for each secret of this database that it finds, PATH:LINE:COLUMN STATE NAME
/// KEY, and never the secret itself. Exits with 1 if a secret is live; with 5 if none is, but
/// something could not be read; otherwise with 0. Reads every file, also hidden, ignored and
/// binary ones, but follows no links within directories, and doesn't look into compressed data,
/// such as the objects of git: pipe `git log -p --all --text -m` to it, which misses only commits
/// that a reflog alone has, such as older stashes, and text that a `textconv` of git changes.
///
/// A live secret is accepted, or will be without a change of its key: also a previous secret
/// during its overlap, and one whose key is blocked or inactive for some time. The other states
/// are inactive, expired, ended, pending, deleted (the log has the id; whether the rest of the
/// secret is right is unknown), unknown and other-database. Nothing is recorded as a use.
///
/// --deactivate deactivates the keys of live secrets for good, in one transaction; if only a
/// previous secret leaked, that secret ends, and the key stays active. The log has the path.
///
/// --rules prints a rule for another scanner. Append that for gitleaks to .gitleaks.toml, or begin
/// a new one with `[extend]` and `useDefault = true` on two lines; otherwise gitleaks uses none of
/// its own rules.
///
/// An operator needs apikey:read or apikey:own, and for --deactivate apikey:manage, or apikey:own
/// for its own keys. As `verify` does, it names the key of each secret that is right.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey scan config
  git log -p --all --text -m | apikey scan
  apikey scan config deploy.log --format jsonl
  apikey scan deploy.log --deactivate --reason 'posted in a ticket'
  apikey scan --rules gitleaks")]
pub(crate) struct Scan {
    /// Files and directories; `-` is stdin [default: stdin]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Deactivate the keys of live secrets, and end live previous secrets
    #[arg(long)]
    pub(crate) deactivate: bool,

    /// Print a rule that finds this database's secrets with another scanner
    #[arg(long, value_enum, value_name = "SCANNER", conflicts_with_all = ["paths", "deactivate"])]
    pub(crate) rules: Option<Scanner>,
}

/// Another scanner for secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scanner {
    /// A rule for .gitleaks.toml
    Gitleaks,
    /// A plugin, for detect-secrets scan --plugin FILE
    DetectSecrets,
}

impl Scan {
    /// Returns whether the command reads stdin.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.paths.is_empty() || self.paths.iter().any(|path| path.as_os_str() == "-")
    }

    /// Returns whether the command opens a file that the operator names.
    pub(crate) fn names_a_file(&self) -> bool {
        self.paths.iter().any(|path| path.as_os_str() != "-")
    }
}

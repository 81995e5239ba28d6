//! Commands for work at a shell.

use clap::Args;
use clap_complete::Shell;

/// Print a completion script for a shell
///
/// The script completes commands, options, and the keys, groups, users, permissions and
/// applications that the operator may see. To find these, the script runs the apikey in PATH, which
/// changes nothing while it completes. The manual of a shell says where to install the script; for
/// bash it is ~/.local/share/bash-completion/completions/apikey.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey completions bash > apikey.bash
  apikey completions zsh > _apikey")]
pub(crate) struct Completions {
    /// Shell that runs the script
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// Print help for a command or topic
///
/// For a command, prints the same as the command with --help. The topics are exit-codes,
/// permissions, filters and json; the manual page apikey(1) contains them, too.
#[derive(Debug, Args)]
#[command(
    override_usage = "apikey help [COMMAND]...\n       apikey help <TOPIC>",
    after_long_help = "Examples:
  apikey help group create
  apikey help exit-codes"
)]
pub(crate) struct Help {
    /// Command, such as `group create`, or topic; omit it for an overview
    #[arg(value_name = "COMMAND")]
    pub(crate) subject: Vec<String>,
}

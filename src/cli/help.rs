//! Commands that help at a shell.

use clap::Args;
use clap_complete::Shell;

/// Print a script that completes commands, options and names
///
/// The script finds apikey on the PATH and asks it for the names of keys, groups and
/// users, as far as the operator may see them; the database is only read. Where
/// shells look for the script is in their manuals; for bash it is
/// ~/.local/share/bash-completion/completions/apikey.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey completions bash > apikey.bash
  apikey completions zsh > _apikey")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// Print help on a command or a topic
///
/// On a command it is what --help after that command prints. The topics are
/// exit-codes, permissions and json; the manual has them, too, in apikey(1).
#[derive(Debug, Args)]
#[command(
    override_usage = "apikey help [COMMAND]...\n       apikey help <TOPIC>",
    after_long_help = "Examples:
  apikey help group create
  apikey help exit-codes"
)]
pub(crate) struct Help {
    /// The command, such as `group create`, or the topic; without one, all of them
    #[arg(value_name = "COMMAND")]
    pub(crate) words: Vec<String>,
}

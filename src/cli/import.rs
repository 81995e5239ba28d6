//! The command that takes over keys of another system.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Args, Command, Error, ValueEnum, ValueHint};

use crate::model::{GroupName, Scheme, Shape};

/// Take over keys of another system
///
/// Clients keep their keys: `verify` accepts them, until `rotate` or `renew` gives a key a new
/// secret. `apikey review --only imported` lists the keys that still have their old one. All keys
/// of the file are imported, or none.
///
/// The file has a line per key. Its columns, or the fields of its json objects, are name; key
/// (with --scheme plain) or digest; and, each optional, group (several are separated by spaces),
/// owner, application, description, expires, created and status (active or inactive). No message
/// repeats anything of a line but its number.
///
/// SHAPE is PREFIX:LENGTH:ALPHABET, or PREFIX:LENGTH-LENGTH:ALPHABET, of the text that clients
/// present: for sanctum, of what follows the ID and `|`. LENGTH counts the characters after PREFIX,
/// which may be empty. ALPHABET is hex, base62, base64 (which includes `=`), base64url or a list
/// of characters. A database has at most eight shapes. Only text that has one costs `verify` a
/// hash.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey import keys.csv --scheme plain --shape sk_live_:32:base62 --group readonly
  apikey import tokens.jsonl --scheme sanctum --shape :48:base62 --group readonly --dry-run
  apikey import - --scheme sha256-hex --shape :40:hex --group readonly \
    --skip-existing < digests.csv")]
pub(crate) struct Import {
    /// File with the keys; `-` is stdin
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub(crate) file: PathBuf,

    /// How the other system stores its keys
    #[arg(long, value_name = "SCHEME", value_parser = SchemeParser)]
    pub(crate) scheme: Scheme,

    /// Shape of the text that clients present, such as sk_live_:32:base62
    #[arg(long, value_name = "SHAPE")]
    pub(crate) shape: Shape,

    /// Group of each key whose line names none; may be repeated
    #[arg(short, long = "group", value_name = "GROUP")]
    pub(crate) groups: Vec<GroupName>,

    /// Format of the file [default: jsonl if its name ends with .jsonl, else csv]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) from: Option<ImportFormat>,

    /// Skip keys whose name or secret exists already
    #[arg(long)]
    pub(crate) skip_existing: bool,

    /// Import keys that can be guessed, because they have less than 64 bits
    #[arg(long)]
    pub(crate) allow_weak: bool,

    /// Check everything, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// The format of an imported file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportFormat {
    /// Comma-separated, with a heading line
    Csv,
    /// One object per line
    Jsonl,
}

impl Import {
    /// Returns the path of the file, unless it is stdin.
    pub(crate) fn named_file(&self) -> Option<&Path> {
        Some(self.file.as_path()).filter(|path| *path != Path::new("-"))
    }

    /// Returns the format of the file.
    pub(crate) fn format(&self) -> ImportFormat {
        let is_jsonl = self.file.extension().is_some_and(|name| name == "jsonl");
        self.from.unwrap_or(if is_jsonl {
            ImportFormat::Jsonl
        } else {
            ImportFormat::Csv
        })
    }
}

/// Parses a scheme, with the reason why some are refused.
#[derive(Clone)]
struct SchemeParser;

impl TypedValueParser for SchemeParser {
    type Value = Scheme;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<Scheme, Error> {
        let text = StringValueParser::new().parse_ref(command, arg, value)?;
        text.parse::<Scheme>().map_err(|why| {
            let mut error = Error::raw(ErrorKind::ValueValidation, why).with_cmd(command);
            let name = arg.map(ToString::to_string).unwrap_or_default();
            error.insert(ContextKind::InvalidArg, ContextValue::String(name));
            error.insert(ContextKind::InvalidValue, ContextValue::String(text));
            error
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let names =
            Scheme::ALL.map(|scheme| PossibleValue::new(scheme.as_str()).help(scheme.meaning()));
        Some(Box::new(names.into_iter()))
    }
}

//! An attribute for tests of what only SQLite has.
//!
//! The test targets `cli` and `postgres` compile the same files with the same features. Only
//! a procedural macro can know for which of the two it expands.

use proc_macro::{TokenStream, TokenTree};

/// Leaves a test out on PostgreSQL: `#[sqlite_only("the reason")]`, above `#[test]`. The test
/// target `postgres` lists it as ignored, with the reason.
#[proc_macro_attribute]
pub fn sqlite_only(reason: TokenStream, test: TokenStream) -> TokenStream {
    let mut tokens = reason.clone().into_iter();
    let is_text = matches!(tokens.next(), Some(TokenTree::Literal(text)) if text.to_string().len() > 2);
    if !is_text || tokens.next().is_some() {
        return error("write the reason: #[sqlite_only(\"the reason\")]");
    }
    // Below #[test], the attribute would have no effect.
    if !test.to_string().contains("#[test]") {
        return error("write #[sqlite_only(…)] above #[test]");
    }
    if std::env::var("CARGO_CRATE_NAME").is_ok_and(|name| name == "postgres") {
        let mut ignored: TokenStream = format!("#[ignore = {reason}]").parse().unwrap();
        ignored.extend(test);
        return ignored;
    }
    test
}

/// Returns code that fails to compile with `message`.
fn error(message: &str) -> TokenStream {
    format!("compile_error!({message:?});").parse().unwrap()
}

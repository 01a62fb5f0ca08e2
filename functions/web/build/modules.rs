//! Joins an entry with the modules that it imports into one, and minifies it.
//!
//! Joining is writing the modules one after another, those needed first, without `import` and
//! `export`. That is right for the modules here, and refused for all others: what is imported keeps
//! its name, no two modules share a top-level name, and nothing is imported while a module runs. So
//! no bundler is needed, whose dependencies would outweigh this project's.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use oxc_allocator::Allocator;
use oxc_ast::ast::{ImportDeclarationSpecifier, Statement};
use oxc_codegen::{Codegen, CodegenOptions};
use oxc_minifier::{CompressOptions, MangleOptions, Minifier, MinifierOptions};
use oxc_parser::Parser;
use oxc_semantic::SemanticBuilder;
use oxc_span::{GetSpan, SourceType};

/// Modules whose one template literal is a style sheet: runs of white space in it say nothing.
const STYLE_SUFFIX: &str = ".css.js";

/// The script of an entry, its imports included.
pub fn script(entry: &Path) -> Result<String> {
    let mut joined = Joined::default();
    joined.add(entry, true)?;
    minified(&joined.text).with_context(|| entry.display().to_string())
}

#[derive(Default)]
struct Joined {
    text: String,
    /// Modules that are in it, or just being added.
    seen: Vec<PathBuf>,
}

impl Joined {
    /// Adds a module after those it needs. An entry keeps its exports.
    fn add(&mut self, path: &Path, is_entry: bool) -> Result<()> {
        let path = path.canonicalize().with_context(|| path.display().to_string())?;
        if self.seen.contains(&path) {
            return Ok(());
        }
        self.seen.push(path.clone());
        let name = path.display();
        let source = crate::read(&path)?;
        let source =
            if path.to_string_lossy().ends_with(STYLE_SUFFIX) { squeezed(&source) } else { source };
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, &source, SourceType::mjs()).parse();
        ensure!(parsed.diagnostics.is_empty(), "{name}: {:?}", parsed.diagnostics);

        let (mut text, mut from) = (String::new(), 0);
        let mut cut = |start: u32, end: u32| {
            text.push_str(source.get(from..start as usize).unwrap_or_default());
            from = end as usize;
        };
        let folder = path.parent().context("a module without a folder")?;
        for statement in &parsed.program.body {
            let span = statement.span();
            match statement {
                Statement::ImportDeclaration(import) => {
                    for specifier in import.specifiers.iter().flatten() {
                        let ImportDeclarationSpecifier::ImportSpecifier(one) = specifier else {
                            bail!("{name}: only `import {{ a }}`")
                        };
                        ensure!(
                            one.imported.name() == one.local.name.as_str(),
                            "{name}: {} is renamed",
                            one.local.name
                        );
                    }
                    ensure!(
                        import.source.value.starts_with('.'),
                        "{name}: {} is not ours",
                        import.source.value
                    );
                    self.add(&folder.join(import.source.value.as_str()), false)?;
                    cut(span.start, span.end);
                }
                Statement::ExportDeclaration(_) if is_entry => {}
                Statement::ExportDeclaration(export) => {
                    cut(span.start, export.declaration.span().start)
                }
                Statement::ExportFromDeclaration(export) => {
                    self.add(&folder.join(export.source.value.as_str()), false)?;
                    cut(span.start, span.end);
                }
                Statement::ExportNamedDeclaration(_) => {
                    bail!("{name}: export what is declared, where it is declared")
                }
                Statement::ExportDefaultDeclaration(_) | Statement::ExportAllDeclaration(_) => {
                    bail!("{name}: only `export` of a name")
                }
                _ => {}
            }
        }
        text.push_str(source.get(from..).unwrap_or_default());
        self.text.push_str(&text);
        self.text.push('\n');
        Ok(())
    }
}

fn minified(source: &str) -> Result<String> {
    let allocator = Allocator::default();
    let mut parsed = Parser::new(&allocator, source, SourceType::mjs()).parse();
    ensure!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    // Two modules that share a name: said here rather than by a browser.
    let checked = SemanticBuilder::new().with_check_syntax_error(true).build(&parsed.program);
    ensure!(checked.diagnostics.is_empty(), "{:?}", checked.diagnostics);
    let options = MinifierOptions {
        mangle: Some(MangleOptions { top_level: Some(true), ..MangleOptions::default() }),
        compress: Some(CompressOptions::default()),
        mangle_properties: None,
    };
    let made = Minifier::new(options).minify(&allocator, &mut parsed.program);
    let printed = Codegen::new().with_options(CodegenOptions::minify()).with_scoping(made.scoping);
    Ok(printed
        .with_private_member_mappings(made.class_private_mappings)
        .build(&parsed.program)
        .code)
}

/// A style module with single spaces, and none where they say nothing.
fn squeezed(source: &str) -> String {
    let Some((head, style)) = source.split_once('`') else { return source.to_owned() };
    let words = style.split_whitespace().collect::<Vec<_>>().join(" ");
    let style = ["{", "}", ";", ","]
        .iter()
        .fold(words, |style, mark| style.replace(&format!("{mark} "), mark));
    let style = style.replace(" {", "{").replace(": ", ":").replace(";}", "}");
    format!("{head}`{style}")
}

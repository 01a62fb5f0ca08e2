//! Joins an entry with the modules that it imports into one script, and minifies it.
//!
//! The modules are written one after another, imported ones first, without `import` and `export`.
//! That is correct under rules that this project's modules keep, and the build refuses all others:
//! imports are not renamed, and no two modules of a script share a top-level name. A bundler would
//! have more dependencies than the rest of the project.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Error, Result, bail, ensure};
use oxc_allocator::Allocator;
use oxc_ast::ast::{ImportDeclaration, ImportDeclarationSpecifier, Statement};
use oxc_codegen::{Codegen, CodegenOptions};
use oxc_minifier::{
    CompressOptions, MangleOptions, ManglePropertiesOptions, Minifier, MinifierOptions,
};
use oxc_parser::Parser;
use oxc_semantic::SemanticBuilder;
use oxc_span::{GetSpan, SourceType};

/// Properties of the widget's own objects. They get short names, the same ones in all its scripts:
/// no name of the browser, of the API, of a text, or of what launcher and panel say to each other.
#[rustfmt::skip]
const OWN_PROPERTIES: &[&str] = &[
    "actorOf", "adopt", "again", "attempt", "begin", "behind", "catchUp", "changed",
    "composer", "connection", "countUnread", "draw", "dress", "english", "enter", "fit", "guestId",
    "hasOlder", "highest", "isAtEnd", "isClaimed", "isCustomer", "isFirst", "isFound",
    "isKnown", "isLast", "isMe", "isRefused", "keepEnd", "keepResuming", "lastAt", "locale",
    "markRead", "nameOf", "newId", "nodes", "onReturn", "openedAt", "outbox", "paging",
    "passing", "person", "pinged", "pong", "retryAfter", "reveal", "say", "scrolled", "seen",
    "session", "speak", "stored", "syncing", "thread", "toEnd", "trouble", "turn",
    "typedAt", "unreadOf", "wake", "wasAtEnd", "work",
];

/// The ending of modules that contain one template literal, a style sheet.
const STYLE_SUFFIX: &str = ".css.js";

/// The minified script of an entry, its imports included.
pub fn script(entry: &Path) -> Result<String> {
    let mut bundle = Bundle::default();
    bundle.add(entry, true)?;
    let is_widget = entry.components().any(|part| part.as_os_str() == "widget");
    minify(&bundle.text, is_widget).with_context(|| entry.display().to_string())
}

#[derive(Default)]
struct Bundle {
    text: String,
    /// The modules that are in the text.
    added: Vec<PathBuf>,
    /// The modules whose imports are being added, outermost first.
    open: Vec<PathBuf>,
}

impl Bundle {
    /// Adds a module after those it imports. Only an entry keeps its exports.
    fn add(&mut self, path: &Path, is_entry: bool) -> Result<()> {
        let path = path.canonicalize().with_context(|| path.display().to_string())?;
        if self.added.contains(&path) {
            return Ok(());
        }
        ensure!(!self.open.contains(&path), "{} is part of a circular import", path.display());
        self.open.push(path.clone());
        let source = source(&path)?;
        let text = self.without_imports(&path, &source, is_entry);
        self.text.push_str(&text.with_context(|| path.display().to_string())?);
        self.text.push('\n');
        self.open.pop();
        self.added.push(path);
        Ok(())
    }

    /// Adds what a module imports; returns the rest of its text.
    fn without_imports(&mut self, path: &Path, source: &str, is_entry: bool) -> Result<String> {
        let folder = path.parent().context("a module without a folder")?;
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, source, SourceType::mjs()).parse();
        ensure!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);

        let (mut text, mut from) = (String::new(), 0);
        let mut cut = |start: u32, end: u32| {
            text.push_str(source.get(from..start as usize).unwrap_or_default());
            from = end as usize;
        };
        for statement in &parsed.program.body {
            let span = statement.span();
            match statement {
                Statement::ImportDeclaration(import) => {
                    check_import(import)?;
                    self.add(&folder.join(import.source.value.as_str()), false)?;
                    cut(span.start, span.end);
                }
                Statement::ExportDeclaration(_) if is_entry => {}
                Statement::ExportDeclaration(export) => {
                    cut(span.start, export.declaration.span().start);
                }
                Statement::ExportFromDeclaration(_)
                | Statement::ExportNamedDeclaration(_)
                | Statement::ExportDefaultDeclaration(_)
                | Statement::ExportAllDeclaration(_) => {
                    bail!("only `export` before a declaration is supported")
                }
                _ => {}
            }
        }
        text.push_str(source.get(from..).unwrap_or_default());
        Ok(text)
    }
}

/// Refuses imports of other packages, and names that differ from those exported.
fn check_import(import: &ImportDeclaration) -> Result<()> {
    for specifier in import.specifiers.iter().flatten() {
        let ImportDeclarationSpecifier::ImportSpecifier(one) = specifier else {
            bail!("only `import {{ name }}` is supported")
        };
        let name = one.local.name.as_str();
        ensure!(one.imported.name() == name, "the import {name} is renamed");
    }
    let source = &import.source.value;
    ensure!(source.starts_with('.'), "{source} is another package");
    Ok(())
}

fn minify(source: &str, is_widget: bool) -> Result<String> {
    let allocator = Allocator::default();
    let mut parsed = Parser::new(&allocator, source, SourceType::mjs()).parse();
    ensure!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    // Reports two modules that share a top-level name here instead of in a browser.
    let checked = SemanticBuilder::new().with_check_syntax_error(true).build(&parsed.program);
    ensure!(checked.diagnostics.is_empty(), "{:?}", checked.diagnostics);
    let options = MinifierOptions {
        mangle: Some(MangleOptions { top_level: Some(true), ..MangleOptions::default() }),
        compress: Some(CompressOptions::default()),
        mangle_properties: is_widget.then(own_properties).transpose()?,
    };
    let made = Minifier::new(options).minify(&allocator, &mut parsed.program);
    let printed = Codegen::new().with_options(CodegenOptions::minify()).with_scoping(made.scoping);
    Ok(printed
        .with_private_member_mappings(made.class_private_mappings)
        .build(&parsed.program)
        .code)
}

fn own_properties() -> Result<ManglePropertiesOptions> {
    let pattern = format!("^({})$", OWN_PROPERTIES.join("|"));
    let mut options = ManglePropertiesOptions::from_pattern(&pattern).map_err(Error::msg)?;
    for (index, name) in OWN_PROPERTIES.iter().enumerate() {
        options.cache.insert((*name).into(), Some(format!("${index}").into()))?;
    }
    Ok(options)
}

fn source(path: &Path) -> Result<String> {
    let source = crate::read(path)?;
    let is_style = path.to_string_lossy().ends_with(STYLE_SUFFIX);
    Ok(if is_style { squeeze_style(&source) } else { source })
}

/// Removes the white space that means nothing in the module's style sheet.
fn squeeze_style(source: &str) -> String {
    let Some((head, style)) = source.split_once('`') else { return source.to_owned() };
    let words = style.split_whitespace().collect::<Vec<_>>().join(" ");
    let style = ["{", "}", ";", ","]
        .iter()
        .fold(words, |style, mark| style.replace(&format!("{mark} "), mark));
    let style = [(" {", "{"), (": ", ":"), (" > ", ">"), (" !", "!"), (";}", "}")]
        .iter()
        .fold(style, |style, (mark, short)| style.replace(mark, short));
    format!("{head}`{style}")
}

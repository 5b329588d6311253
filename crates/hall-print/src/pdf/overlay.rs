//! A sheet laid over every page of a file that was written before. What is on the pages stays as it is.

use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};
use printpdf::PdfDocument;

use super::{HEIGHT, Sheet, WIDTH, drawn, saved, unsound};
use crate::{Fonts, PrintError};

const NAME: &str = "Over";

/// The file with `sheet` over each of its pages.
pub(crate) fn overlaid(file: &[u8], sheet: &Sheet, fonts: &Fonts) -> Result<Vec<u8>, PrintError> {
    let mut file = Document::load_mem(file).map_err(|problem| unsound(&problem))?;
    let drawing = drawn(PdfDocument::new(NAME), std::iter::once(sheet), fonts)?;
    let drawing = taken_over(&mut file, drawing).map_err(|problem| unsound(&problem))?;
    let pages: Vec<_> = file.page_iter().collect();
    for page in pages {
        file.add_xobject(page, NAME, drawing).map_err(|problem| unsound(&problem))?;
        file.add_page_contents(page, format!("q /{NAME} Do Q").into_bytes())
            .map_err(|problem| unsound(&problem))?;
    }
    // The page, the catalogue and the description that the drawing had as a file of its own.
    file.prune_objects();
    saved(file)
}

/// Takes the only page of `drawing` into `file` as something that its pages can draw; fonts and all, under a roof of
/// its own, so that no name of it meets one of theirs.
fn taken_over(file: &mut Document, mut drawing: Document) -> lopdf::Result<ObjectId> {
    drawing.renumber_objects_with(file.max_id + 1);
    let page = drawing.page_iter().next().ok_or(lopdf::Error::PageNumberNotFound(1))?;
    let content = drawing.get_page_content(page);
    let resources = drawing.get_dictionary(page)?.get(b"Resources")?.clone();
    let form: Dictionary = dictionary! {
        "Type" => "XObject",
        "Subtype" => "Form",
        "BBox" => vec![0.into(), 0.into(), Object::Real(WIDTH), Object::Real(HEIGHT)],
        "Resources" => resources,
    };
    file.max_id = drawing.max_id;
    file.objects.extend(drawing.objects);
    Ok(file.add_object(Stream::new(form, content)))
}

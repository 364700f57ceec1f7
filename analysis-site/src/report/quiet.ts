// A picture is read out as one thing: names of its parts would be noise, and are not allowed there.

/** Plot names its groups of marks; the picture has a sentence for a name already. */
export function quiet<Picture extends Element>(picture: Picture): Picture {
  for (const part of picture.querySelectorAll('[aria-label], [aria-description]')) {
    part.removeAttribute('aria-label');
    part.removeAttribute('aria-description');
  }
  return picture;
}

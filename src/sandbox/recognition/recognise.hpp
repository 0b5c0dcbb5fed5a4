// The job "ocr": the text in a picture, in English, Chinese (both scripts) and Japanese, by Tesseract.
#pragma once
#include <memory>

#include "sandbox/frames.hpp"
#include "sandbox/ocr_job.hpp"

struct Pix;

namespace kuramori::sandbox::recognition {

Answer recognise(ByteView parameters, ByteView picture);
// Loads the language data. False when some is missing.
bool warm();

struct FreePicture {
  void operator()(Pix* picture) const;
};
using Picture = std::unique_ptr<Pix, FreePicture>;
struct OpenedPicture {
  Picture picture;  // grey, upright, large enough; null: refused
  OcrRefusal refusal = OcrRefusal::NoPicture;
};
OpenedPicture open_picture(ByteView file, const OcrRequest& request);
// Leptonica says nothing of broken pictures.
void silence();

}  // namespace kuramori::sandbox::recognition

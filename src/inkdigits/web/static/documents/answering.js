// What the threads that decode share: they answer what rasters.js asks.

export function answering(tasks) {
  addEventListener("message", async ({ data: { task, given } }) => {
    try {
      postMessage({ result: await tasks[task](given) });
    } catch (error) {
      postMessage({ problem: error.message ?? String(error) });
    }
  });
}

export function canvasOf(picture) {
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext("2d").putImageData(picture, 0, 0);
  return canvas;
}

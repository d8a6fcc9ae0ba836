// The camera: seen live on the sheet where the browser allows it, else by the phone's own camera.

const element = (id) => document.getElementById(id);

export class Camera {
  #stream = null;

  constructor(taken, failed) {
    Object.assign(this, { taken, failed, video: element("viewfinder") });
    element("shoot").addEventListener("click", () => this.#shoot());
  }

  // Whether the camera is on; false where the phone's own camera was asked instead.
  async start() {
    if (!navigator.mediaDevices?.getUserMedia) {
      element("capture").click();
      return false;
    }
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 } } });
    } catch (error) {
      this.failed(error.name === "NotAllowedError" ? "The camera is not allowed on this page: allow it in the browser, or choose a picture." : "No camera is available: choose a picture instead.");
      return false;
    }
    this.video.srcObject = this.#stream;
    this.video.hidden = false;
    await this.video.play();
    return true;
  }

  stop() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = this.video.srcObject = null;
    this.video.hidden = true;
  }

  async #shoot() {
    const canvas = new OffscreenCanvas(this.video.videoWidth, this.video.videoHeight);
    canvas.getContext("2d").drawImage(this.video, 0, 0);
    const photo = new File([await canvas.convertToBlob({ type: "image/jpeg", quality: 0.92 })], "photo.jpg", { type: "image/jpeg" });
    this.taken([photo]);
  }
}

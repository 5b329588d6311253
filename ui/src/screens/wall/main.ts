import { mount } from "svelte";
import { connect } from "../../backend/connect";
import "../../shared/base.css";
import "./wall.css";
import Wall from "./Wall.svelte";

const target = document.getElementById("app");
if (target === null) {
  throw new Error("the page has no place for the screen");
}
const backend = await connect();
mount(Wall, { target, props: { backend } });

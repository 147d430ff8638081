// The login with express-session, in Redis or in memory: `node with_express.js PORT`.
"use strict";

const express = require("express");
const session = require("express-session");
const { RedisStore } = require("connect-redis");
const { createClient } = require("redis");

function store() {
  if (process.env.BENCH_STORE === "memory") return new session.MemoryStore();
  const client = createClient({ url: process.env.BENCH_REDIS });
  client.connect();
  return new RedisStore({ client });
}

const app = express();
app.set("view engine", "ejs");
app.set("views", `${__dirname}/templates`);
app.use(express.urlencoded({ extended: false }));
app.use(session({ store: store(), secret: "bench", resave: false, saveUninitialized: false }));

app.get("/", (request, response) => {
  response.render("home", { name: request.session.name });
});

app.post("/login", (request, response) => {
  request.session.name = request.body.name;
  response.redirect(303, "/");
});

app.post("/logout", (request, response) => {
  request.session.name = null;
  response.redirect(303, "/");
});

app.listen(Number(process.argv[2]), "127.0.0.1");
